import type { Route } from "../evaluator/route.ts";
import type { CtState, TableName } from "../simulator/program.ts";
import { viewsOf } from "./reading.ts";
import type { View } from "./space.ts";

/** One of the kernel's chains, as packets of a route meet it. */
export interface Hook {
  readonly table: TableName;
  readonly chain: string;
  readonly arrivesBy: string | undefined;
  readonly leavesBy: string | undefined;
  readonly view: View;
  readonly connection: Route["connection"];
  /** Conntrack knows that the destination was translated. */
  readonly isTranslated: boolean;
  readonly isForHost: boolean;
}

/** `translate`: here the destination is another one from now on, if the route says so. */
export type Step = Hook | "translate";

const LOOPBACK = "lo";

/** What the packets of a route meet in the kernel, in its order. */
export function hooksOf(route: Route): readonly Step[] {
  const { arrivesBy, leavesBy } = route;
  if (arrivesBy === undefined) return sentHooks(route);
  const early = hook(route, "original", {
    arrivesBy,
    leavesBy: undefined,
    isForHost: leavesBy === undefined,
  });
  const late = hook(route, "translated", { arrivesBy, leavesBy, isForHost: leavesBy === undefined });
  return [
    early("raw", "PREROUTING"),
    early("mangle", "PREROUTING"),
    early("nat", "PREROUTING"),
    "translate",
    ...(leavesBy === undefined
      ? [late("mangle", "INPUT"), late("filter", "INPUT")]
      : [
          late("mangle", "FORWARD"),
          late("filter", "FORWARD"),
          late("mangle", "POSTROUTING"),
          late("nat", "POSTROUTING"),
        ]),
  ];
}

function sentHooks(route: Route): readonly Step[] {
  const { leavesBy, firstLeavesBy } = route;
  const at = (sees: "original" | "translated", out: string | undefined) =>
    hook(route, sees, { arrivesBy: undefined, leavesBy: out, isForHost: out === LOOPBACK });
  const first = at("original", firstLeavesBy);
  const back = hook(route, "translated", { arrivesBy: LOOPBACK, leavesBy: undefined, isForHost: true });
  return [
    first("raw", "OUTPUT"),
    first("mangle", "OUTPUT"),
    first("nat", "OUTPUT"),
    "translate",
    // The kernel routes the packet anew after nat, but shows filter OUTPUT the interface from before.
    at("translated", firstLeavesBy)("filter", "OUTPUT"),
    at("translated", leavesBy)("mangle", "POSTROUTING"),
    at("translated", leavesBy)("nat", "POSTROUTING"),
    ...(leavesBy === LOOPBACK
      ? [
          back("raw", "PREROUTING"),
          back("mangle", "PREROUTING"),
          back("mangle", "INPUT"),
          back("filter", "INPUT"),
        ]
      : []),
  ];
}

function hook(
  route: Route,
  sees: "original" | "translated",
  where: Pick<Hook, "arrivesBy" | "leavesBy" | "isForHost">,
): (table: TableName, chain: string) => Hook {
  const { connection, translation } = route;
  const isTranslated = translation.kind !== "none" && (sees === "translated" || connection !== "new");
  const view = viewsOf(route)[sees];
  return (table, chain) => ({ table, chain, view, connection, isTranslated, ...where });
}

/** Whether conntrack gives a packet at the hook that state. The states of one packet may be several. */
export function isInState(
  { table, connection, isTranslated }: Hook,
  isTracked: boolean,
  state: CtState,
): boolean {
  if (!isTracked) return state === "UNTRACKED";
  // Connections are looked up between raw and mangle; whom nobody looked up counts as invalid.
  if (table === "raw") return state === "INVALID";
  switch (state) {
    case "NEW":
      return connection === "new";
    case "ESTABLISHED":
      return connection === "established";
    case "RELATED":
      return connection === "related";
    case "INVALID":
      return connection === "invalid";
    case "DNAT":
      return isTranslated;
    case "SNAT":
    case "UNTRACKED":
      return false;
  }
}

/** `pattern` may end in `+`: any interface that begins so. No interface has no name. */
export function matchesInterface(pattern: string, name = ""): boolean {
  return pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) && name !== "" : pattern === name;
}
