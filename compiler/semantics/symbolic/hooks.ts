import type { InterfaceRole, Route } from "../evaluator/route.ts";
import type { CtState, TableName } from "../simulator/program.ts";
import { viewsOf } from "./reading.ts";
import type { View } from "./space.ts";

/** One of the kernel's chains, as packets of a route meet it. */
export interface Hook {
  readonly table: TableName;
  readonly chain: string;
  /** `undefined` = there is none here. */
  readonly arrivesBy: InterfaceAt | undefined;
  readonly leavesBy: InterfaceAt | undefined;
  readonly view: View;
  readonly connection: Route["connection"];
  /** Conntrack knows that the destination was translated. */
  readonly isTranslated: boolean;
  readonly isForHost: boolean;
  /** A process of the host sends it. */
  readonly isFromHost: boolean;
}

/** Any interface, the one that the packet has in that role; or always the loopback. */
export type InterfaceAt = InterfaceRole | "loopback";

/** `translate`: here the destination is another one from now on, if the route says so. */
export type Step = Hook | "translate";

/** What the packets of a route meet in the kernel, in its order. */
export function hooksOf(route: Route): readonly Step[] {
  switch (route.kind) {
    case "to-host":
    case "forwarded":
      return receivedHooks(route);
    case "sent":
      return sentHooks(route, "leavesBy");
    case "sent-to-itself":
      return [...sentHooks(route, "loopback"), ...backHooks(route)];
  }
}

function receivedHooks(route: Route): readonly Step[] {
  const isForHost = route.kind === "to-host";
  const arrivesBy = "arrivesBy";
  const early = hookMaker(route, "original", { arrivesBy, leavesBy: undefined, isForHost });
  const leavesBy = isForHost ? undefined : "leavesBy";
  const late = hookMaker(route, "translated", { arrivesBy, leavesBy, isForHost });
  return [
    early("raw", "PREROUTING"),
    early("mangle", "PREROUTING"),
    early("nat", "PREROUTING"),
    "translate",
    ...(isForHost
      ? [late("mangle", "INPUT"), late("filter", "INPUT")]
      : [
          late("mangle", "FORWARD"),
          late("filter", "FORWARD"),
          late("mangle", "POSTROUTING"),
          late("nat", "POSTROUTING"),
        ]),
  ];
}

function sentHooks(route: Route, leavesBy: "leavesBy" | "loopback"): readonly Step[] {
  const isForHost = leavesBy === "loopback";
  const at = (sees: "original" | "translated", out: InterfaceAt) =>
    hookMaker(route, sees, { arrivesBy: undefined, leavesBy: out, isForHost });
  const firstLeavesBy = route.translation.kind === "none" ? leavesBy : "firstLeavesBy";
  const first = at("original", firstLeavesBy);
  return [
    first("raw", "OUTPUT"),
    first("mangle", "OUTPUT"),
    first("nat", "OUTPUT"),
    "translate",
    // The kernel routes the packet anew after nat, but shows filter OUTPUT the interface from before.
    at("translated", firstLeavesBy)("filter", "OUTPUT"),
    at("translated", leavesBy)("mangle", "POSTROUTING"),
    at("translated", leavesBy)("nat", "POSTROUTING"),
  ];
}

/** What the host has sent to itself comes in again; conntrack and nat have seen it before. */
function backHooks(route: Route): readonly Step[] {
  const back = hookMaker(route, "translated", {
    arrivesBy: "loopback",
    leavesBy: undefined,
    isForHost: true,
  });
  return [
    back("raw", "PREROUTING"),
    back("mangle", "PREROUTING"),
    back("mangle", "INPUT"),
    back("filter", "INPUT"),
  ];
}

function hookMaker(
  route: Route,
  sees: "original" | "translated",
  where: Pick<Hook, "arrivesBy" | "leavesBy" | "isForHost">,
): (table: TableName, chain: string) => Hook {
  const { connection, translation } = route;
  const isTranslated = translation.kind !== "none" && (sees === "translated" || connection !== "new");
  const view = viewsOf(route)[sees];
  const isFromHost = where.arrivesBy !== "arrivesBy";
  return (table, chain) => ({ table, chain, view, connection, isTranslated, isFromHost, ...where });
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
