import { DEFAULT_FEATURES, type HostFeatures } from "../../dataplane/features.ts";
import type { XtRule, XtTableName } from "../../dataplane/xtables.ts";
import { DiagnosticBag } from "../../diagnostics/bag.ts";
import type { Diagnostic, Origin } from "../../diagnostics/diagnostic.ts";
import { NO_BGP } from "../../ir/bgp-ir.ts";
import { DEFAULT_FELIX_SETTINGS, type FelixSettings } from "../../ir/felix-config.ts";
import { MemberList, memberVersion, type SetMember } from "../../ir/member-list.ts";
import type {
  IpSet,
  IpSetType,
  LocalHostEndpoint,
  LocalWorkload,
  Match,
  NodeIr,
  PolicyLists,
  PolicyProgram,
  PolicyUse,
  ProfileProgram,
  Rule,
  TierPolicies,
} from "../../ir/node-ir.ts";
import { memberShape } from "../../ir/node-ir.ts";
import { type Cidr, type Ip, type IpVersion, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { emitIptables } from "./emit.ts";
import { policyIdentity } from "./names.ts";
import { printBody } from "./print-rule.ts";
import type { IptablesState } from "./state.ts";

/** Hand-made IR for the tests of this folder. */
export const ORIGIN: Origin = { file: "test.yaml", document: 0, path: [] };

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`not a network: ${text}`);
  return parsed;
}

export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

export interface IrParts extends Partial<Omit<NodeIr, "settings" | "nat">> {
  readonly settings?: Partial<FelixSettings>;
  readonly nat?: Partial<NodeIr["nat"]>;
}

export function makeIr({ settings, nat, ...parts }: IrParts = {}): NodeIr {
  return {
    node: "n1",
    ipSets: [],
    policies: [],
    profiles: [],
    workloads: [],
    hostEndpoints: [],
    serviceLoopCidrs: [],
    encapsulation: { ipip: false, vxlan4: false, vxlan6: false, wireguard4: false, wireguard6: false },
    routing: {
      ownership: {
        interfacePrefixes: ["cali"],
        interfaceExclude: [],
        removeExternalRoutes: true,
        workloadProtocols: [],
        bgpPeerInterfaces: [],
        exclusiveProtocols: [],
        devices: [],
        exclusiveDevices: [],
        birdRoutesOnIpip: false,
        tables: [],
        rulePriorities: [99],
      },
      links: [],
      addresses: [],
      neighbours: [],
      fdb: [],
      rules: [],
      routes: [],
      sysctls: [],
      wireguardPeers: [],
      podMtu: undefined,
      problems: [],
    },
    bgp: NO_BGP,
    ...parts,
    settings: { ...DEFAULT_FELIX_SETTINGS, ...settings },
    nat: {
      natOutgoing4: false,
      natOutgoing6: false,
      dnat: [],
      snat: [],
      dscp: [],
      tunnelDevices: [],
      ...nat,
    },
  };
}

export const NO_POLICIES: PolicyLists = { ingress: [], egress: [] };

export function makeWorkload(interfaceName: string, parts: Partial<LocalWorkload> = {}): LocalWorkload {
  return {
    key: `n1/k8s/shop/${interfaceName}/eth0`,
    interfaceName,
    namespace: "shop",
    workload: `shop/${interfaceName}`,
    mac: undefined,
    addresses: [],
    policies: NO_POLICIES,
    profiles: [],
    allowedSpoofSources: [],
    qos: { ingress: {}, egress: {} },
    origin: ORIGIN,
    ...parts,
  };
}

export function makeHostEndpoint(
  interfaceName: string,
  parts: Partial<LocalHostEndpoint> = {},
): LocalHostEndpoint {
  return {
    name: interfaceName === "*" ? "everything" : interfaceName,
    interfaceName,
    normal: NO_POLICIES,
    forward: NO_POLICIES,
    untracked: NO_POLICIES,
    preDnat: NO_POLICIES,
    profiles: [],
    origin: ORIGIN,
    ...parts,
  };
}

export function makeRule(
  action: Rule["action"],
  matches: readonly Match[] = [],
  parts: Partial<Rule> = {},
): Rule {
  return { action, ipVersion: undefined, matches, annotations: [], origin: ORIGIN, ...parts };
}

/** `id` as in the IR: `np/shop/allow-api`. */
export function makePolicy(id: string, parts: Partial<PolicyProgram> = {}): PolicyProgram {
  const { namespace, name } = policyIdentity(id);
  return {
    id,
    policyKind: namespace === "" ? "GlobalNetworkPolicy" : "NetworkPolicy",
    namespace,
    name,
    tier: "default",
    selector: "all()",
    directions: ["ingress", "egress"],
    neededEverywhere: false,
    ingress: [],
    egress: [],
    origin: ORIGIN,
    ...parts,
  };
}

export function makeProfile(name: string, parts: Partial<ProfileProgram> = {}): ProfileProgram {
  return { name, missing: false, ingress: [], egress: [], origin: undefined, ...parts };
}

export function use(id: string, selector = "all()", staged = false): PolicyUse {
  return { id, selector, staged };
}

export function tier(policies: readonly PolicyUse[], parts: Partial<TierPolicies> = {}): TierPolicies {
  return { tier: "default", defaultAction: "deny", policies, ...parts };
}

/** Only what a rule needs to refer to it; members as people write them. */
export function makeSet(id: string, type: IpSetType = "hash:net", members: readonly string[] = []): IpSet {
  const parsed = members.map((text): SetMember => {
    const [, address, protocol, port] = /^([^,]+),(\d+):(\d+)$/.exec(text) ?? [];
    return address === undefined
      ? { kind: "net", cidr: cidr(text) }
      : { kind: "ip-port", ip: ip(address), protocol: Number(protocol), port: Number(port) };
  });
  const of = (version: IpVersion) =>
    MemberList.of(
      memberShape(version, type),
      parsed.filter((member) => memberVersion(member) === version),
    );
  return {
    id,
    type,
    definition: { kind: "service", namespace: "shop", name: id, withPorts: type === "hash:ip,port" },
    members4: of(4),
    members6: of(6),
  };
}

export const match = {
  protocol: (protocol: number, negated = false): Match => ({ kind: "protocol", protocol, negated }),
  from: (...cidrs: readonly string[]): Match => nets("source", cidrs, false),
  notFrom: (...cidrs: readonly string[]): Match => nets("source", cidrs, true),
  to: (...cidrs: readonly string[]): Match => nets("destination", cidrs, false),
  notTo: (...cidrs: readonly string[]): Match => nets("destination", cidrs, true),
  fromSet: (set: string, negated = false): Match => ({ kind: "ip-set", side: "source", set, negated }),
  toSet: (set: string, negated = false): Match => ({ kind: "ip-set", side: "destination", set, negated }),
  toPorts: (ports: readonly (number | string)[], sets: readonly string[] = [], negated = false): Match => ({
    kind: "ports",
    side: "destination",
    ranges: ports.map((port) => {
      const [first = "", last = first] = String(port).split(":");
      return { first: Number(first), last: Number(last) };
    }),
    sets,
    negated,
  }),
  icmp: (type: number, code?: number, negated = false): Match => ({
    kind: "icmp",
    icmp: { type, code },
    negated,
  }),
};

function nets(side: "source" | "destination", cidrs: readonly string[], negated: boolean): Match {
  return { kind: "nets", side, cidrs: cidrs.map(cidr), negated };
}

export interface Emitted {
  readonly state: IptablesState;
  readonly diagnostics: readonly Diagnostic[];
}

export function emit(ir: NodeIr, features: Partial<HostFeatures> = {}): Emitted {
  const bag = new DiagnosticBag();
  const state = emitIptables(ir, { features: { ...DEFAULT_FEATURES, ...features }, report: bag.report });
  const diagnostics = bag.diagnostics({ locate: () => undefined, lineText: () => undefined });
  return { state, diagnostics };
}

/** The rules of one chain, ours or the kernel's, as text without ids; `undefined` where there is no such chain. */
export function chainText(
  state: IptablesState,
  table: XtTableName,
  name: string,
  version: IpVersion = 4,
): readonly string[] | undefined {
  const found = state.rulesets
    .find((ruleset) => ruleset.version === version)
    ?.tables.find((candidate) => candidate.name === table);
  const hooks = found?.hooks.filter(({ chain }) => chain === name).map(({ rule }) => rule) ?? [];
  const rules: readonly XtRule[] | undefined =
    found?.chains.find((chain) => chain.name === name)?.rules ?? (hooks.length > 0 ? hooks : undefined);
  return rules?.map((rule) =>
    printBody(rule, version).replaceAll(/-m comment --comment ("[^"]*")/g, "/* $1 */"),
  );
}

/** One policy on one workload: the text of the policy's ingress chain. */
export function policyText(
  rules: readonly Rule[],
  options: {
    readonly sets?: readonly IpSet[];
    readonly settings?: Partial<FelixSettings>;
    readonly version?: IpVersion;
  } = {},
): readonly string[] {
  const policy = makePolicy("np/shop/p", { ingress: rules, directions: ["ingress"] });
  const ir = makeIr({
    policies: [policy],
    ipSets: options.sets ?? [],
    settings: options.settings ?? {},
    workloads: [makeWorkload("cali1", { policies: { ingress: [tier([use(policy.id)])], egress: [] } })],
  });
  const text = chainText(emit(ir).state, "filter", "cali-pi-np/shop/p", options.version ?? 4) ?? [];
  return text.map((line) => line.replace('/* "NetworkPolicy shop/p ingress" */ ', ""));
}
