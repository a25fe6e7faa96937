import { count } from "../../output/count.ts";
import type { BgpOfPlan } from "./bgp.ts";
import type { Plan } from "./plan.ts";

/** The plan in one line; always the last of the report. */
export function summaryLine({
  resources,
  changedResources,
  totals,
  flows,
  bgp,
  nodes,
  isChange,
}: Plan): string {
  const drifted = nodes.filter(({ drift }) => drift !== undefined && drift.length > 0).length;
  const changed = (changedResources ?? resources).length;
  if (!isChange && changed === 0) return "Plan: no changes.";
  const { rules, sets, routes, others, inFilesOnly } = totals;
  const more = (number: number, words: string) => (number > 0 ? [`${number} ${words}`] : []);
  const parts = [
    `${count(rules.add, "rule")} to add`,
    `${rules.remove} to remove`,
    ...more(rules.change, "to change"),
    ...more(rules.move, "to move"),
    `${count(sets, "set")} to change`,
    count(routes, "route"),
    ...more(others, others === 1 ? "other line" : "other lines"),
    ...more(inFilesOnly, "in the files only"),
  ];
  const compared =
    flows.comparedNodes === 0
      ? "not compared"
      : [
          `${flows.allowed} allowed`,
          `${flows.denied} denied`,
          ...more(flows.appear, "new"),
          ...more(flows.vanish, "gone"),
        ].join(", ");
  const drift = drifted > 0 ? "; drift on this host" : "";
  return `Plan: ${count(changed, "resource")} changed; ${parts.join(", ")}; flows: ${compared}${bgpPart(bgp)}${drift}`;
}

/** Only where something becomes of them: most changes are none of BGP's. */
function bgpPart(bgp: BgpOfPlan): string {
  if (bgp.kind !== "compared" || bgp.diff.speakers.length === 0) return "";
  const routes = bgp.diff.speakers.flatMap((speaker) => speaker.routes);
  const sessions = bgp.diff.speakers.flatMap((speaker) => speaker.sessions);
  const routesThat = (kind: string) => routes.filter((route) => route.kind === kind).length;
  const parts = [
    `${routesThat("appears")} new`,
    `${routesThat("vanishes")} gone`,
    `${routesThat("moves") + routesThat("changes")} changed`,
  ];
  // Each session is seen from both of its ends.
  const ends = sessions.length === 0 ? "" : `; ${count(sessions.length, "session end")} changed`;
  return `; BGP's routes: ${parts.join(", ")}${ends}`;
}
