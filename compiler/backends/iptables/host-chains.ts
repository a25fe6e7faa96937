import type { XtTableName } from "../../dataplane/xtables.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import type { LocalHostEndpoint, TierPolicies } from "../../ir/node-ir.ts";
import { type FamilyContext, workloadInterfaces } from "./context.ts";
import { type DispatchEntry, dispatchChains } from "./dispatch.ts";
import { type ChainDraft, rule } from "./draft.ts";
import { type EndpointChain, endpointChain } from "./endpoint-chain.ts";
import { interfaceChain } from "./names.ts";
import type { Draft } from "./rule-list.ts";
import { goto, RETURN } from "./rule-parts.ts";
import type { EndpointChainKind } from "./tiers.ts";

type Family = "from-host" | "to-host" | "from-host-forward" | "to-host-forward";

/** One tree of host endpoints: where it stands, and which policies of an endpoint it leads to. */
interface HostTree {
  readonly root: string;
  readonly heading: string;
  readonly family: Family;
  readonly kind: EndpointChainKind;
  readonly table: XtTableName;
  readonly tiers: (endpoint: LocalHostEndpoint) => readonly TierPolicies[];
  readonly failsafe: boolean;
  /** Endpoints without policies of this kind have no chain. */
  readonly onlyWithPolicies: boolean;
  /** Rules before the all-interfaces endpoint's. */
  readonly beforeDefault?: readonly Draft[];
  /** Calico ignores untracked policy of the all-interfaces endpoint. */
  readonly wildcard: boolean;
}

export function rawHostChains(context: FamilyContext): readonly ChainDraft[] {
  const common = {
    kind: "untracked",
    table: "raw",
    failsafe: true,
    onlyWithPolicies: true,
    wildcard: false,
  } as const;
  return [
    ...hostTree(context, {
      ...common,
      root: "cali-from-host-endpoint",
      heading: "Untracked policy of host endpoints, packets that arrive",
      family: "from-host",
      tiers: ({ untracked }) => untracked.ingress,
    }),
    ...hostTree(context, {
      ...common,
      root: "cali-to-host-endpoint",
      heading: "Untracked policy of host endpoints, packets that leave",
      family: "to-host",
      tiers: ({ untracked }) => untracked.egress,
    }),
  ];
}

export function mangleHostChains(context: FamilyContext): readonly ChainDraft[] {
  return [
    ...hostTree(context, {
      root: "cali-from-host-endpoint",
      heading: "Pre-DNAT policy of host endpoints",
      family: "from-host",
      kind: "pre-dnat",
      table: "mangle",
      tiers: ({ preDnat }) => preDnat.ingress,
      failsafe: true,
      onlyWithPolicies: true,
      wildcard: true,
    }),
    ...hostTree(context, {
      root: "cali-to-host-endpoint",
      heading: "Egress policy of host endpoints, for the host's own packets after DNAT",
      family: "to-host",
      kind: "normal",
      table: "mangle",
      tiers: ({ normal }) => normal.egress,
      failsafe: true,
      onlyWithPolicies: false,
      wildcard: true,
      beforeDefault: workloadInterfaces(context, "out").map((match) =>
        rule([match], RETURN, "Skip egress WHEP policy for traffic to local workload"),
      ),
    }),
  ];
}

export function filterHostChains(context: FamilyContext): readonly ChainDraft[] {
  const common = { table: "filter", onlyWithPolicies: false, wildcard: true } as const;
  const normal = { ...common, kind: "normal", failsafe: true } as const;
  const forward = { ...common, kind: "forward", failsafe: false } as const;
  return [
    ...hostTree(context, {
      ...normal,
      root: "cali-from-host-endpoint",
      heading: "Host endpoints, packets to this host",
      family: "from-host",
      tiers: (endpoint) => endpoint.normal.ingress,
    }),
    ...hostTree(context, {
      ...normal,
      root: "cali-to-host-endpoint",
      heading: "Host endpoints, packets of this host",
      family: "to-host",
      tiers: (endpoint) => endpoint.normal.egress,
    }),
    ...hostTree(context, {
      ...forward,
      root: "cali-from-hep-forward",
      heading: "Host endpoints, forwarded packets that arrive",
      family: "from-host-forward",
      tiers: (endpoint) => endpoint.forward.ingress,
    }),
    ...hostTree(context, {
      ...forward,
      root: "cali-to-hep-forward",
      heading: "Host endpoints, forwarded packets that leave",
      family: "to-host-forward",
      tiers: (endpoint) => endpoint.forward.egress,
    }),
  ];
}

function hostTree(context: FamilyContext, tree: HostTree): readonly ChainDraft[] {
  const { hostEndpoints } = context.ir;
  // Staged policies must change nothing, and even an empty chain drops what is invalid.
  const polices = (endpoint: LocalHostEndpoint) =>
    !tree.onlyWithPolicies ||
    tree.tiers(endpoint).some(({ policies }) => policies.some((use) => !use.staged));
  const named = hostEndpoints.filter(({ interfaceName }) => interfaceName !== "*");
  const found = tree.wildcard ? hostEndpoints.find(({ interfaceName }) => interfaceName === "*") : undefined;
  const fallback = found !== undefined && polices(found) ? found : undefined;
  const entries = named.flatMap((endpoint): readonly DispatchEntry[] => {
    const { interfaceName } = endpoint;
    if (polices(endpoint))
      return [{ interfaceName, target: goto(interfaceChain(tree.family, interfaceName)) }];
    // A specific endpoint replaces the all-interfaces one wholly, also where it has nothing to say (§13.23).
    return fallback === undefined ? [] : [{ interfaceName, target: RETURN }];
  });
  const end =
    fallback === undefined
      ? []
      : [...(tree.beforeDefault ?? []), rule([], goto(interfaceChain(tree.family, fallback.interfaceName)))];
  const direction = tree.family.startsWith("from") ? "in" : "out";
  const policed = [...named.filter(polices), ...(fallback === undefined ? [] : [fallback])];
  return [
    ...dispatchChains({ root: tree.root, heading: tree.heading, direction, entries, end }),
    ...policed.map((endpoint) => endpointChain(context, hostChain(tree, endpoint))),
  ];
}

function hostChain(tree: HostTree, endpoint: LocalHostEndpoint): EndpointChain {
  const { interfaceName, name, profiles } = endpoint;
  const direction: Direction = tree.family.startsWith("from") ? "ingress" : "egress";
  const kind = tree.kind === "normal" ? "" : `${tree.kind} `;
  return {
    name: interfaceChain(tree.family, interfaceName),
    heading: `Host endpoint ${name} on ${interfaceName === "*" ? "any interface" : interfaceName}, ${kind}${direction}`,
    table: tree.table,
    kind: tree.kind,
    direction,
    tiers: tree.tiers(endpoint),
    profiles: tree.kind === "normal" ? profiles : [],
    failsafe: tree.failsafe,
  };
}
