import type { XtTableName, XtTarget } from "../../dataplane/xtables.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import { DEFAULT_PACKET_BURST, type QosDirection } from "../../ir/endpoint-model.ts";
import type { TierPolicies } from "../../ir/node-ir.ts";
import {
  denyTarget,
  denyWord,
  type FamilyContext,
  filterAllow,
  mangleAllow,
  type ProgramContext,
} from "./context.ts";
import { type ChainDraft, rule } from "./draft.ts";
import { clearBits, marked, setBits, union, unmarked } from "./marks.ts";
import { profileChain } from "./names.ts";
import { canonicalLimit } from "./rate.ts";
import { type Draft, RuleList } from "./rule-list.ts";
import {
  ACCEPT,
  DROP,
  ESTABLISHED,
  INVALID,
  IS_IPIP,
  jump,
  port,
  protocol,
  RETURN,
  TCP,
  UDP,
} from "./rule-parts.ts";
import { type EndpointChainKind, tierRules } from "./tiers.ts";

export interface EndpointChain {
  readonly name: string;
  readonly heading: string;
  readonly table: XtTableName;
  readonly kind: EndpointChainKind;
  readonly direction: Direction;
  readonly tiers: readonly TierPolicies[];
  /** Only normal chains have any. */
  readonly profiles: readonly string[];
  readonly failsafe: boolean;
  /** A workload's own limits for this direction. */
  readonly limits?: QosDirection;
  /** Workload egress: no tunnel packets from inside a pod. */
  readonly guardTunnels?: boolean;
}

/** What one interface's packets go through in one direction (Calico reference §3.2, steps b to m). */
export function endpointChain(context: FamilyContext, spec: EndpointChain): ChainDraft {
  const { tiers, table, kind, direction, profiles, failsafe, guardTunnels, limits = {} } = spec;
  const { packetRate, packetBurst, maxConnections } = limits;
  const variant = JSON.stringify([
    ...[table, kind, direction, failsafe, guardTunnels, packetRate, packetBurst, maxConnections],
    ...profiles,
  ]);
  const list = context.programs.endpointRules.get(
    tiers,
    variant,
    () => new RuleList(endpointRules(context, spec)),
  );
  return { name: spec.name, heading: [spec.heading], list };
}

function endpointRules(context: ProgramContext, spec: EndpointChain): readonly Draft[] {
  const { marks, settings } = context;
  const { table, kind, direction, tiers, limits = {} } = spec;
  const allow = allowTarget(context, spec);
  const deny = denyTarget(settings, table);
  const rules: Draft[] = [...packetRate(context, direction, limits)];
  if (kind !== "untracked") {
    if (allow.kind !== "accept") rules.push(rule([ESTABLISHED], setBits(marks.accept)));
    rules.push(rule([ESTABLISHED], allow));
    if (!settings.disableConntrackInvalidCheck) rules.push(rule([INVALID], deny));
  }
  rules.push(...connectionLimit(direction, limits));
  if (spec.failsafe)
    rules.push(rule([], jump(direction === "ingress" ? "cali-failsafe-in" : "cali-failsafe-out")));
  rules.push(rule([], clearBits(union(marks.accept, marks.pass))));
  if (spec.guardTunnels === true) rules.push(...tunnelGuard(context, table));
  rules.push(...tierRules(context, table, kind, direction, tiers));
  // Per direction: ingress policies on forwarded packets do not close the way out (§13.3).
  if (kind === "forward" && tiers.length === 0)
    rules.push(
      rule([], setBits(marks.accept), "Allow forwarded traffic by default"),
      rule([], RETURN, "Return for accepted forward traffic"),
    );
  if (kind === "normal") {
    for (const profile of spec.profiles)
      rules.push(
        rule([], jump(profileChain(direction, profile))),
        rule([marked(marks.accept)], RETURN, "Return if profile accepted"),
      );
    rules.push(rule([], deny, `${denyWord(settings, table)} if no profiles matched`));
  }
  return rules;
}

/** What becomes of established packets: the end of the table, or back to other people's rules. */
function allowTarget({ settings }: ProgramContext, { table, kind }: EndpointChain): XtTarget {
  if (table === "filter") return filterAllow(settings);
  if (table === "mangle") return kind === "pre-dnat" ? mangleAllow(settings) : RETURN;
  return ACCEPT;
}

/** Before conntrack, so that established flows are counted too; what is over the rate is always dropped. */
function packetRate(context: ProgramContext, direction: Direction, limits: QosDirection): readonly Draft[] {
  const { marks } = context;
  if (limits.packetRate === undefined) return [];
  const within = canonicalLimit(limits.packetRate, "sec", limits.packetBurst ?? DEFAULT_PACKET_BURST);
  return [
    rule([], clearBits(marks.scratch0), `Clear ${direction} packet rate limit mark`),
    rule([within], setBits(marks.scratch0), `Mark packets within ${direction} packet rate limit`),
    rule([unmarked(marks.scratch0)], DROP, `Drop packets over ${direction} packet rate limit`),
    rule([], clearBits(marks.scratch0), `Clear ${direction} packet rate limit mark`),
  ];
}

function connectionLimit(direction: Direction, { maxConnections }: QosDirection): readonly Draft[] {
  if (maxConnections === undefined) return [];
  return [
    rule(
      [
        protocol(TCP),
        { kind: "tcp-flags", flags: ["FIN", "SYN", "RST", "ACK"], set: ["SYN"], negated: false },
        { kind: "connlimit-above", connections: maxConnections },
      ],
      { kind: "reject", with: "tcp-reset" },
      `Reject connections over ${direction} connection limit`,
    ),
  ];
}

/** A pod that makes its own tunnel packets could pass for a node. */
function tunnelGuard({ settings }: ProgramContext, table: XtTableName): readonly Draft[] {
  const deny = denyTarget(settings, table);
  const word = denyWord(settings, table);
  const vxlan = rule(
    [protocol(UDP), port("destination", settings.vxlanPort)],
    deny,
    `${word} VXLAN encapped packets originating in workloads`,
  );
  const ipip = rule([IS_IPIP], deny, `${word} IPinIP encapped packets originating in workloads`);
  return [
    ...(settings.allowVxlanPacketsFromWorkloads ? [] : [vxlan]),
    ...(settings.allowIpipPacketsFromWorkloads ? [] : [ipip]),
  ];
}
