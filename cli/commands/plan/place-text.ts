import pc from "picocolors";
import {
  isChange,
  type PlaceDiff,
  type PlannedChange,
  ruleCounts,
  type Unchanged,
} from "../../../compiler/index.ts";
import { count } from "../../output/count.ts";
import type { PlannedNode } from "./planned-node.ts";

/** Each artifact with the places in which it differs; runs of what stays fold into their count. */
export function placesText(
  { places, before, after }: Pick<PlannedNode, "places" | "before" | "after">,
  full: boolean,
): readonly string[] {
  const byArtifact = Map.groupBy(places, ({ artifact }) => artifact);
  return [...byArtifact].flatMap(([artifact, own]) => [
    pc.bold(artifact),
    ...own.flatMap((place) => [
      `  ${place.name}${place.heading === "" ? "" : pc.dim(`  # ${place.heading}`)}`,
      ...itemsText(place, full).map((line) => `  ${line}`),
    ]),
    ...restText(artifact, own, [after, before]).map((line) => pc.dim(`  ${line}`)),
  ]);
}

/** How much of the artifact is in chains that nothing changes. */
function restText(
  artifact: string,
  places: readonly PlaceDiff[],
  sides: readonly PlannedNode["after"][],
): readonly string[] {
  const size = sides.flatMap((side) => ruleCounts(side)).find((each) => each.artifact === artifact);
  if (size === undefined) return [];
  const shown = places.filter(({ kind }) => kind === "chain");
  const rules = shown.flatMap(({ items }) =>
    items.filter((item) => item.lines.some((line) => line.startsWith("-A"))),
  );
  const here = shown.filter(({ items }) => items.some(({ lines }) => lines.length > 0));
  const rest = size.rules - rules.length;
  return rest > 0
    ? [`${count(rest, "rule")} in ${count(size.chains - here.length, "other chain")} unchanged`]
    : [];
}

function itemsText(place: PlaceDiff, full: boolean): readonly string[] {
  const lines: string[] = [];
  let folded = 0;
  // Said once, at the first of several.
  let reason = place.heading;
  const unfold = (): void => {
    if (folded > 0) lines.push(pc.dim(`    ${count(folded, nounOf(place))} unchanged`));
    folded = 0;
  };
  for (const item of place.items) {
    if (!isChange(item) && !full) folded += item.lines.length;
    else {
      unfold();
      lines.push(...(isChange(item) ? changeText(item, reason) : sameText(item)));
      if (isChange(item)) reason = item.reason.heading;
    }
  }
  unfold();
  return lines;
}

function nounOf({ kind }: PlaceDiff): string {
  switch (kind) {
    case "chain":
    case "hooks":
      return "rule";
    case "set":
      return "line";
    case "routes":
      return "route";
    default:
      return "line";
  }
}

function sameText({ lines }: Unchanged): readonly string[] {
  return lines.map((line) => `    ${short(line)}`);
}

const SIGNS = { add: "+", remove: "-", change: "~", move: "~" } as const;

/** `said`: the reason that the reader knows already. */
function changeText(change: PlannedChange, said: string): readonly string[] {
  const { op, was, lines, from, to, reason, inFilesOnly } = change;
  const notes = [
    ...(op === "move" ? [from === undefined ? whereTo(lines) : movedText(from, to ?? 0)] : []),
    ...(reason.heading !== said && reason.heading !== "" ? [reason.heading] : []),
    ...(inFilesOnly ? ["the host keeps what it has"] : []),
  ];
  const note = notes.length === 0 ? "" : pc.dim(`  # ${notes.join("; ")}`);
  if (op === "move" && short(was[0] ?? "") === short(lines[0] ?? ""))
    return [pc.yellow(`  ~ ${short(lines[0] ?? "")}`) + note];
  if (op === "change" || op === "move")
    return [
      ...was.map((line) => pc.yellow(`  ~ - ${short(line)}`)),
      ...lines.map((line, i) => pc.yellow(`  ~ + ${short(line)}`) + (i === 0 ? note : "")),
    ];
  const paint = op === "add" ? pc.green : pc.red;
  return [...was, ...lines].map((line, i) => paint(`  ${SIGNS[op]} ${short(line)}`) + (i === 0 ? note : ""));
}

/** 0-based. What came before the rule and what went can be equally many. */
function movedText(from: number, to: number): string {
  return from === to
    ? `moved past others, number ${to + 1} as before`
    : `moved from ${from + 1} to ${to + 1}`;
}

/** A rule in one of the kernel's chains has no number there: rules of others come and go. */
function whereTo([line = ""]: readonly string[]): string {
  return `moved to the ${line.startsWith("-I ") ? "top" : "bottom"} of the kernel's chain`;
}

/** Without what the place says already, and the rule's id, which follows from chain and text. */
function short(line: string): string {
  return line.replace(/^-[AI] \S+ /, "").replace(/^-m comment --comment "cali:[\w-]{16}" ?/, "");
}
