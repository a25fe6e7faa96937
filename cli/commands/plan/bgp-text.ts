import pc from "picocolors";
import {
  type BestRoute,
  formatCidr,
  formatIp,
  type RibDiff,
  type RouteChange,
  type SessionChange,
  type Way,
} from "../../../compiler/index.ts";
import { count } from "../../output/count.ts";
import type { BgpOfPlan } from "./bgp.ts";

/** Per node, and per router that a BGPPeer leads to: the routes that appear, vanish or move, and the sessions that flap. */
export function bgpText(bgp: BgpOfPlan, full: boolean): readonly string[] {
  if (bgp.kind === "none") return [];
  if (bgp.kind === "not-compared") return [`not compared: ${bgp.reason}`];
  const { speakers, outcomes } = bgp.diff;
  return [
    ...(speakers.length === 0 ? ["no route appears, vanishes or moves, and no session flaps"] : []),
    ...speakers.flatMap(({ speaker, routes, sessions }) => {
      const lines = [...sessions.map(sessionText), ...routes.map(routeText)];
      const shown = full ? lines : lines.slice(0, MOST_LINES);
      const left = lines.length - shown.length;
      return [
        `${speaker}:`,
        ...shown.map((line) => `  ${line}`),
        ...(left > 0 ? [`  and ${count(left, "more change")}; --full shows them`] : []),
      ];
    }),
    ...outcomesText(outcomes),
  ];
}

const MOST_LINES = 40;

function outcomesText([before, after]: RibDiff["outcomes"]): readonly string[] {
  if (after === "several") return ["BGP may come to rest in several ways; this is one of them"];
  if (after === "none")
    return [
      "BGP does not come to rest with these resources, or a session runs over routes that BGP brings (docs/networking.md)",
    ];
  return before === "one" ? [] : ["BGP had more than one way to come to rest before, and now has one"];
}

function sessionText({ session, peer, kind, why }: SessionChange): string {
  const what = `session ${session}${peer === undefined ? "" : ` with ${peer}`}`;
  return `${SESSION_SIGNS[kind]} ${what} ${SESSION_WORDS[kind]}${why === undefined ? "" : `: ${why}`}`;
}

const SESSION_SIGNS = {
  appears: "+",
  "comes-up": "+",
  vanishes: "-",
  "goes-down": "-",
  restarts: "~",
} as const;
const SESSION_WORDS = {
  appears: "is new",
  "comes-up": "comes up",
  vanishes: "ends",
  "goes-down": "goes down",
  restarts: "goes down and up again",
} as const;

function routeText(change: RouteChange): string {
  const cidr = formatCidr(change.cidr);
  switch (change.kind) {
    case "appears":
      return pc.green(`+ ${cidr} ${bestText(change.now)}`);
    case "vanishes":
      return pc.red(`- ${cidr} ${bestText(change.was)}`);
    case "moves":
      return `~ ${cidr} ${bestText(change.now)}; was ${bestText(change.was)}`;
    case "changes":
      return `~ ${cidr} ${bestText(change.now)}: other attributes`;
  }
}

function bestText({ route, installed }: BestRoute): string {
  const from = route.learned === undefined ? `from ${route.protocol}` : `from ${route.learned.speaker}`;
  return installed === undefined ? `${from}, not for the kernel` : `${wayText(installed)}, ${from}`;
}

function wayText(way: Way): string {
  if (way.kind !== "unicast") return way.kind;
  return way.hops
    .map(({ dev, via }) => (via === undefined ? `on ${dev}` : `via ${formatIp(via)} on ${dev}`))
    .join(" and ");
}
