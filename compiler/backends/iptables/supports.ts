import type { HostFeatures } from "../../dataplane/features.ts";
import type { IpSetState } from "../../dataplane/ipset.ts";
import type { XtMatch, XtRuleset, XtTarget } from "../../dataplane/xtables.ts";
import type { Report } from "../../diagnostics/bag.ts";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { NodeIr } from "../../ir/node-ir.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { interfaceChain, policyChain, profileChain } from "./names.ts";
import { type Uses, usesOf, usesOfChain } from "./rule-list.ts";

/** Reports each match and target that the host does not know, once per chain. */
export function checkRules(
  ir: NodeIr,
  rulesets: readonly XtRuleset[],
  features: HostFeatures,
  report: Report,
): void {
  let origins: ReadonlyMap<string, Origin> | undefined;
  for (const { version, tables } of rulesets)
    for (const table of tables) {
      const hooks = Map.groupBy(table.hooks, ({ chain }) => chain);
      const chains = [
        ...table.chains,
        ...[...hooks].map(([name, list]) => ({
          name,
          heading: ["Hooks in the kernel's own chains"],
          rules: list.map(({ rule }) => rule),
        })),
      ];
      for (const chain of chains) {
        if (missing(usesOfChain(chain), version, features).length === 0) continue;
        const where = chain.heading.join(" ");
        const seen = new Set<string>();
        for (const rule of chain.rules)
          for (const { code, feature } of missing(usesOf([rule]), version, features)) {
            if (seen.has(feature)) continue;
            seen.add(feature);
            const params = { feature, where, chain: chain.name, effect: effectOf(rule.target) };
            origins ??= chainOrigins(ir);
            report(code, params, origins.get(chain.name));
          }
      }
    }
}

function chainOrigins({ policies, profiles, workloads, hostEndpoints }: NodeIr): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>();
  for (const { id, origin } of policies)
    for (const direction of ["ingress", "egress"] as const) origins.set(policyChain(direction, id), origin);
  for (const { name, origin } of profiles)
    if (origin !== undefined)
      for (const direction of ["ingress", "egress"] as const)
        origins.set(profileChain(direction, name), origin);
  for (const { interfaceName, origin } of [...workloads, ...hostEndpoints])
    for (const family of OF_ENDPOINTS) origins.set(interfaceChain(family, interfaceName), origin);
  return origins;
}

const OF_ENDPOINTS = [
  "from-workload",
  "to-workload",
  "from-host",
  "to-host",
  "from-host-forward",
  "to-host-forward",
  "set-mark",
] as const;

interface Missing {
  readonly code: "iptables/missing-match" | "iptables/missing-target";
  readonly feature: string;
}

/** What of these uses the host lacks; `comment` counts always, as the id of a rule is one. */
function missing(
  { matchKinds, targetKinds }: Uses,
  version: IpVersion,
  features: HostFeatures,
): readonly Missing[] {
  const found: Missing[] = [];
  const needMatch = (feature: string | undefined) => {
    if (feature !== undefined && !features.matches.includes(feature))
      found.push({ code: "iptables/missing-match", feature });
  };
  needMatch("comment");
  for (const kind of matchKinds) needMatch(matchModule(kind, version));
  for (const kind of targetKinds) {
    const feature = targetModule(kind);
    if (feature !== undefined && !features.targets.includes(feature))
      found.push({ code: "iptables/missing-target", feature });
  }
  return found;
}

/** The kernel module behind a match, where it is not built in. */
function matchModule(kind: XtMatch["kind"], version: IpVersion): string | undefined {
  switch (kind) {
    case "address":
    case "interface":
    case "protocol":
    case "foreign":
      return undefined;
    case "tcp-flags":
      return "tcp";
    case "icmp":
      return version === 4 ? "icmp" : "icmp6";
    case "ports":
      return "multiport";
    case "local-address":
      return "addrtype";
    case "reverse-path-failed":
      return "rpfilter";
    case "connlimit-above":
      return "connlimit";
    case "mark":
    case "conntrack":
    case "set":
    case "limit":
      return kind;
    default:
      return kind satisfies never;
  }
}

function targetModule(kind: XtTarget["kind"]): string | undefined {
  switch (kind) {
    case "accept":
    case "drop":
    case "return":
    case "jump":
    case "goto":
    case "foreign":
      return undefined;
    case "notrack":
      return "CT";
    case "reject":
    case "mark":
    case "log":
    case "dscp":
    case "dnat":
    case "snat":
    case "masquerade":
      return kind.toUpperCase();
    default:
      return kind satisfies never;
  }
}

function effectOf(target: XtTarget | undefined): string {
  switch (target?.kind) {
    case "drop":
    case "reject":
      return "let packets through that must be dropped";
    case "accept":
    case "return":
    case "mark":
    case "jump":
    case "goto":
      return "judge packets wrongly that the rule decides or passes on";
    case "log":
      return "lose the log lines";
    case "notrack":
      return "track connections that must stay untracked";
    case "dscp":
      return "send packets without their DSCP mark";
    case "dnat":
    case "snat":
    case "masquerade":
      return "leave addresses untranslated";
    case "foreign":
    case undefined:
      return "lose a counter";
    default:
      return target satisfies never;
  }
}

/** Reports what needs address translation where the host has none for the family. */
export function checkNat(ir: NodeIr, version: IpVersion, features: HostFeatures, report: Report): void {
  if (features.nat.includes(version)) return;
  const { nat } = ir;
  const outgoing = version === 4 ? nat.natOutgoing4 : nat.natOutgoing6;
  if (outgoing) report("iptables/missing-nat", { version, needed: "a pool with `natOutgoing`" }, undefined);
  if (nat.dnat.some(({ external }) => external.version === version))
    report("iptables/missing-nat", { version, needed: "a floating IP" }, undefined);
  const device = nat.tunnelDevices.find((tunnel) => tunnel.version === version);
  if (device !== undefined)
    report("iptables/missing-nat", { version, needed: `the tunnel device ${device.name}` }, undefined);
}

/** Reports sets of a type that the host does not know, and sets that do not fit. */
export function checkSets({ sets }: IpSetState, features: HostFeatures, report: Report): void {
  for (const { name: set, type, members, maxElements: limit, heading } of sets) {
    const holds = heading.join(" ");
    if (!features.setTypes.includes(type))
      report("iptables/missing-set-type", { set, type, holds }, undefined);
    if (members.length > limit)
      report("iptables/set-too-large", { set, holds, members: members.length, limit }, undefined);
  }
}
