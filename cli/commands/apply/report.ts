import type { Applied } from "../../../runtime/apply/apply.ts";
import type { Difference } from "../../../runtime/apply/drift.ts";
import type { Replan } from "../../../runtime/plan/replan.ts";
import { waitsFor } from "../confirm/arm.ts";
import type { Outlived } from "./connections.ts";

/** What was applied, and what came of it. */
export interface Report {
  readonly node: string;
  readonly what: "bundle" | "plan";
  readonly applied: Applied;
  /** Of a plan: whether what it leaves alone had changed. */
  readonly rebased?: boolean;
  /** Of one that was: whether the policy was held against what has come since. */
  readonly checked?: boolean;
  readonly outlived: Outlived | undefined;
  /** Seconds within which it has to be confirmed. */
  readonly confirmTimeout?: number | undefined;
}

export function applyJson({ node, applied, rebased, checked, outlived }: Report): string {
  const { steps, windows, publicKeys, birdWaits } = applied;
  const report = {
    ...{ version: 1, node, changed: steps.length > 0, steps, windows, publicKeys, birdWaits },
    ...(rebased === undefined ? {} : { rebased, checked: checked === true }),
    ...(outlived === undefined ? {} : { outlived }),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

export function applyText({
  node,
  what,
  applied,
  rebased,
  checked,
  outlived,
  confirmTimeout,
}: Report): string {
  const changed = applied.steps.length > 0;
  const windows = applied.windows.map((window) => `window: ${window}`);
  const keys = applied.publicKeys.map(({ device, publicKey }) => `public key of ${device}: ${publicKey}`);
  const unchecked =
    rebased === true && checked !== true
      ? ["what has come since the plan was made is not held against its policy: compile and apply once more"]
      : [];
  const waits = changed && confirmTimeout !== undefined ? [waitsFor(confirmTimeout)] : [];
  return `${[...applied.steps, ...windows, ...keys, ...birdLines(applied), ...outlivedLines(outlived), ...unchecked, lastLine(), ...waits].join("\n")}\n`;

  function lastLine(): string {
    if (changed)
      return `applied the ${what} of node ${node}${rebased === true ? ", on top of what else has changed since it was made" : ""}`;
    if (what === "plan") return `no change: the plan of node ${node} changes nothing`;
    return `no change: this host is at the bundle of node ${node}`;
  }
}

/** Where only that a file was put in place is true of BIRD. */
export function birdLines({ birdWaits }: Pick<Applied, "birdWaits">): readonly string[] {
  return birdWaits
    ? [
        "bird.conf is in place, but no BIRD answers: it takes effect when one starts (where one runs, name its socket with --bird-socket)",
      ]
    : [];
}

function outlivedLines(outlived: Outlived | undefined): readonly string[] {
  if (outlived === undefined) return [];
  if ("unknown" in outlived) return [`which connections live on is not known: ${outlived.unknown}`];
  const { connections, cut } = outlived;
  if (connections === 0) return [];
  const some = connections === 1 ? "1 connection" : `${connections} connections`;
  return cut === undefined
    ? [`${some} may not begin any more and ${connections === 1 ? "goes" : "go"} on; --cut ends such`]
    : [`cut ${some} that may not begin any more`];
}

const VERDICTS = {
  ready: "the plan can be applied",
  "nothing to do": "the plan changes nothing",
  "applied already": "the plan has been applied already",
  violated: "the plan cannot be applied",
} as const;

export function replanJson(node: string, { drifted, missing, verdict, violations }: Replan): string {
  return `${JSON.stringify({ version: 1, node, drifted, missing, verdict, violations }, null, 2)}\n`;
}

export function replanText(node: string, { drifted, missing, verdict, violations }: Replan): string {
  const lines = [
    ...section("since the plan was made, on this host", drifted),
    ...section("between this host and what the plan wants", missing),
    ...violations,
    `${VERDICTS[verdict]} on node ${node}`,
  ];
  return `${lines.join("\n")}\n`;
}

function section(title: string, differences: readonly Difference[]): readonly string[] {
  const count = differences.length;
  return [
    `${title}: ${count === 0 ? "no differences" : count === 1 ? "1 difference" : `${count} differences`}`,
    ...differences.map(({ artifact, place, kind, what }) => `  ${artifact} ${place}: ${kind}: ${what}`),
  ];
}
