import {
  formatAddress,
  formatFdb,
  formatLink,
  formatNeighbour,
  formatRoute,
  formatRule,
  formatShaper,
  formatSysctl,
  type IptablesChange,
  iptablesBackend,
  noLines,
  printMember,
  printRule,
  type RoutingChange,
  routesBackend,
  type Shaper,
  type ShapingChange,
  shapingBackend,
  type XtChain,
} from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { ownershipOf } from "./claimed.ts";
import { observe } from "./observe.ts";
import type { AppliedRecord } from "./record.ts";
import { chooseSetNames } from "./set-versions.ts";
import { BIRD_CONF, type HostState, readBundle } from "./state.ts";

/** One thing of ours that is not on the host as it was applied. */
export interface Difference {
  /** Path of the artifact that says what it should be. */
  readonly artifact: string;
  /** Table and chain, set, device or `routes`, …: the group it belongs to. */
  readonly place: string;
  readonly kind: "missing" | "extra" | "altered" | "misplaced";
  /** The rule, member, route, … in its tool's words. */
  readonly what: string;
}

/** What on this host differs from the record, in the order of the artifacts. Only reads. */
export async function differences(host: Host, record: AppliedRecord): Promise<readonly Difference[]> {
  const known = noLines();
  const wanted = readBundle(record.artifacts, known);
  const live = await observe(host, ownershipOf(record.artifacts), record.bird, known);
  return differencesBetween(live, wanted);
}

/** What of `live` is not as in `wanted`, whatever the sets of either are called. */
export function differencesBetween(live: HostState, wanted: HostState): readonly Difference[] {
  const iptables = chooseSetNames(live.iptables, wanted.iptables, "inventory");
  return [
    ...iptablesBackend.diff(live.iptables, iptables).flatMap(ofIptables),
    ...routesBackend.diff(live.routing, wanted.routing).filter(isDrift).map(ofRouting),
    ...shapingBackend.diff(live.shaping, wanted.shaping).map(ofShaping),
    ...ofBird(live.bird, wanted.bird),
  ];
}

/** The kernel at hand may lack a sysctl that is allowed to fail; a WireGuard peer goes with its device. */
function isDrift({ op, object }: RoutingChange): boolean {
  if (object.kind === "peer") return op !== "delete";
  return object.kind !== "sysctl" || !object.value.tolerateFailure;
}

/** Changes lead from the host to the record: what would be added is missing. */
function ofIptables(change: IptablesChange): readonly Difference[] {
  if ("interfaceName" in change) {
    const { kind, interfaceName, address } = change;
    const what = `address ${address.value >>> 24}.${(address.value >>> 16) & 255}.${(address.value >>> 8) & 255}.${address.value & 255}`;
    return [
      {
        artifact: "arp.nft",
        place: interfaceName,
        kind: kind === "arp-address-added" ? "missing" : "extra",
        what,
      },
    ];
  }
  if (!("table" in change)) return ofSet(change);
  const artifact = change.version === 4 ? "iptables.restore" : "ip6tables.restore";
  const print = (rule: Parameters<typeof printRule>[0]): string => printRule(rule, change.version);
  if ("hook" in change) {
    const kind =
      change.kind === "hook-added" ? "missing" : change.kind === "hook-removed" ? "extra" : "misplaced";
    return [{ artifact, place: `${change.table} ${change.hook.chain}`, kind, what: print(change.hook.rule) }];
  }
  const place = `${change.table} ${typeof change.chain === "string" ? change.chain : change.chain.name}`;
  switch (change.kind) {
    case "chain-added":
      return [{ artifact, place, kind: "missing", what: wholeChain(change.chain) }];
    case "chain-removed":
      return [{ artifact, place, kind: "extra", what: wholeChain(change.chain) }];
    case "rule-inserted":
      return [{ artifact, place, kind: "missing", what: print(change.rule) }];
    case "rule-removed":
      return [{ artifact, place, kind: "extra", what: print(change.rule) }];
    case "rule-moved":
      return [{ artifact, place, kind: "misplaced", what: print(change.rule) }];
    case "rule-altered":
      return [{ artifact, place, kind: "altered", what: `${print(change.was)}, not ${print(change.rule)}` }];
  }
}

function wholeChain({ rules }: XtChain): string {
  return `the chain, ${rules.length} ${rules.length === 1 ? "rule" : "rules"}`;
}

function ofSet(change: Extract<IptablesChange, { readonly set: object }>): readonly Difference[] {
  const base = {
    artifact: "ipset.restore",
    place: change.kind === "members-changed" ? change.set.name : "sets",
  };
  switch (change.kind) {
    case "set-added":
      return [{ ...base, kind: "missing", what: change.set.name }];
    case "set-removed":
      return [{ ...base, kind: "extra", what: change.set.name }];
    case "set-recreated":
      return [
        {
          ...base,
          kind: "altered",
          what: `${change.set.name} is ${change.was.type}, not ${change.set.type}`,
        },
      ];
    case "members-changed":
      return [
        ...change.added.map((member) => ({ ...base, kind: "missing" as const, what: printMember(member) })),
        ...change.removed.map((member) => ({ ...base, kind: "extra" as const, what: printMember(member) })),
      ];
  }
}

const ROUTING_KINDS = { add: "missing", delete: "extra", replace: "altered", recreate: "altered" } as const;

function ofRouting(change: RoutingChange): Difference {
  const { kind } = change.object;
  const artifact = kind === "fdb" ? "bridge.batch" : kind === "sysctl" ? "sysctl.conf" : "ip.batch";
  const now = "was" in change ? `${describe(change.was)}, not ` : "";
  return { artifact, place: kind, kind: ROUTING_KINDS[change.op], what: `${now}${describe(change.object)}` };
}

function describe({ kind, value }: RoutingChange["object"]): string {
  switch (kind) {
    case "link":
      return formatLink(value).join("; ");
    case "address":
      return formatAddress(value);
    case "neighbour":
      return formatNeighbour(value);
    case "fdb":
      return formatFdb(value);
    case "rule":
      return formatRule(value);
    case "route":
      return formatRoute(value);
    case "sysctl":
      return formatSysctl(value);
    case "peer":
      return `${value.dev} ${value.publicKey}`;
  }
}

function ofShaping({ op, shaper, was }: ShapingChange): Difference {
  const print = (limit: Shaper): string => formatShaper(limit).join("; ");
  const now = was === undefined ? "" : `${print(was)}, not `;
  const what = `${now}${print(shaper)}`;
  return { artifact: "tc.batch", place: shaper.interfaceName, kind: ROUTING_KINDS[op], what };
}

function ofBird(live: string | undefined, wanted: string | undefined): readonly Difference[] {
  if (live === wanted) return [];
  const kind = live === undefined ? "missing" : wanted === undefined ? "extra" : "altered";
  return [{ artifact: BIRD_CONF, place: "file", kind, what: "its text" }];
}
