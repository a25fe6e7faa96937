import type { XtMatch } from "../../dataplane/xtables.ts";
import {
  denyTarget,
  denyWord,
  type FamilyContext,
  filterAllow,
  ipipOn,
  vxlanOn,
  wireguardPort,
  workloadInterfaces,
} from "./context.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import { failsafeChains } from "./failsafe.ts";
import { sharedGroups } from "./group-library.ts";
import { filterHostChains } from "./host-chains.ts";
import { ipvsChains, ipvsFromInput, ipvsFromOutput } from "./ipvs.ts";
import { HOST_POLICY_ACCEPTED } from "./mangle-table.ts";
import { clearBits, marked, setBits, transientBits, union, unmarked } from "./marks.ts";
import { neededEverywhere } from "./policy-library.ts";
import type { Draft } from "./rule-list.ts";
import {
  address,
  DROP,
  goto,
  IS_IPIP,
  inSet,
  jump,
  local,
  port,
  protocol,
  RETURN,
  UDP,
} from "./rule-parts.ts";
import type { HookDraft, TableProgram } from "./table-program.ts";
import { workloadChains } from "./workload-chains.ts";

/** Where policy is enforced (Calico reference §1.6). */
export function filterTable(context: FamilyContext): TableProgram {
  const { ir } = context;
  return {
    name: "filter",
    hooks: hooks(context),
    chains: [
      input(context),
      forward(context),
      output(context),
      workloadToHost(context),
      cidrBlock(context),
      ...ipvsChains(context),
      ...workloadChains(context),
      ...filterHostChains(context),
      ...sharedGroups(context, [
        ...ir.workloads.map(({ policies }) => policies),
        ...ir.hostEndpoints.flatMap((endpoint) => [endpoint.normal, endpoint.forward]),
      ]),
      ...failsafeChains(context, "filter"),
    ],
    keep: neededEverywhere(context),
  };
}

/**
 * At the end of FORWARD, after everybody else's rules, an allowed packet is accepted, and every packet is marked as
 * "was forwarded" for mangle POSTROUTING.
 */
function hooks({ settings, marks }: FamilyContext): readonly HookDraft[] {
  const top = settings.chainInsertMode === "insert" ? "top" : "bottom";
  return [
    ...(["INPUT", "FORWARD", "OUTPUT"] as const).map(
      (name) =>
        ({
          chain: name,
          position: top,
          rule: rule([], jump(`cali-${name}`)),
        }) as const,
    ),
    {
      chain: "FORWARD",
      position: "bottom",
      rule: rule([marked(marks.accept)], filterAllow(settings), "Policy explicitly accepted packet."),
    },
    { chain: "FORWARD", position: "bottom", rule: rule([], setBits(marks.accept)) },
  ];
}

function forward(context: FamilyContext): ChainDraft {
  const { marks } = context;
  return chain("cali-FORWARD", "Forwarded packets", [
    // Accept is kept: untracked or pre-DNAT policy may have set it.
    rule([], clearBits(union(marks.pass, marks.scratch0, marks.scratch1))),
    rule([unmarked(marks.accept)], jump("cali-from-hep-forward")),
    // Felix goes prefix by prefix; then their order would decide which workload first meets a known connection.
    ...workloadInterfaces(context, "in").map((match) => rule([match], jump("cali-from-wl-dispatch"))),
    ...workloadInterfaces(context, "out").map((match) => rule([match], jump("cali-to-wl-dispatch"))),
    rule([], jump("cali-to-hep-forward")),
    rule([], jump("cali-cidr-block")),
  ]);
}

/** Tunnel packets come first, so that no policy can break a tunnel. */
function input(context: FamilyContext): ChainDraft {
  const { marks, settings, version } = context;
  const allow = filterAllow(settings);
  const deny = denyTarget(settings, "filter");
  const word = denyWord(settings, "filter");
  const rules: Draft[] = [];
  if (ipipOn(context))
    rules.push(
      rule(
        [IS_IPIP, inSet(context, "source", "all-hosts-net"), local("destination")],
        allow,
        "Allow IPIP packets from Calico hosts",
      ),
      rule([IS_IPIP], deny, `${word} IPIP packets from non-Calico hosts`),
    );
  const vxlan = [protocol(UDP), port("destination", settings.vxlanPort)];
  if (vxlanOn(context))
    rules.push(
      rule(
        [...vxlan, inSet(context, "source", "all-vxlan-net"), local("destination")],
        allow,
        `Allow IPv${version} VXLAN packets from allowed hosts`,
      ),
      // Calico drops in IPv4 and follows the deny action in IPv6 (§13.5); here both follow it.
      rule(
        [...vxlan, local("destination")],
        deny,
        `${word} IPv${version} VXLAN packets from non-allowed hosts`,
      ),
    );
  const wireguard = wireguardPort(context);
  if (wireguard !== undefined)
    rules.push(
      rule(
        [protocol(UDP), port("destination", wireguard), local("destination")],
        allow,
        `Allow incoming IPv${version} Wireguard packets`,
      ),
    );
  return chain("cali-INPUT", "Packets to this host", [
    ...rules,
    ...ipvsFromInput(context),
    ...workloadInterfaces(context, "in").map((match) => rule([match], goto("cali-wl-to-host"))),
    rule([marked(marks.accept)], allow),
    rule([], clearBits(transientBits(marks))),
    rule([], jump("cali-from-host-endpoint")),
    rule([marked(marks.accept)], allow, HOST_POLICY_ACCEPTED),
  ]);
}

function output(context: FamilyContext): ChainDraft {
  const { marks, settings, version } = context;
  const allow = filterAllow(settings);
  const tunnels: (readonly [readonly XtMatch[], string])[] = [];
  if (ipipOn(context))
    tunnels.push([
      [IS_IPIP, inSet(context, "destination", "all-hosts-net"), local("source")],
      "Allow IPIP packets to other Calico hosts",
    ]);
  if (vxlanOn(context))
    tunnels.push([
      [
        protocol(UDP),
        port("destination", settings.vxlanPort),
        inSet(context, "destination", "all-vxlan-net"),
        local("source"),
      ],
      `Allow IPv${version} VXLAN packets to other allowed hosts`,
    ]);
  const wireguard = wireguardPort(context);
  if (wireguard !== undefined)
    tunnels.push([
      [protocol(UDP), port("destination", wireguard), local("source")],
      `Allow outgoing IPv${version} Wireguard packets`,
    ]);
  return chain("cali-OUTPUT", "The host's own packets", [
    rule([marked(marks.accept)], allow),
    ...ipvsFromOutput(context),
    // What the host sends to its own pods is never policed: probes always work (§1.6).
    ...workloadInterfaces(context, "out").map((match) => rule([match], RETURN)),
    ...tunnels.map(([matches, comment]) => rule(matches, allow, comment)),
    rule([], clearBits(transientBits(marks))),
    rule([{ kind: "conntrack", states: ["DNAT"], negated: true }], jump("cali-to-host-endpoint")),
    rule([marked(marks.accept)], allow, HOST_POLICY_ACCEPTED),
  ]);
}

/** Multicast listener messages, router solicitation, neighbour discovery. */
const ICMPV6_BASICS = [130, 131, 132, 133, 135, 136];
const ICMPV6 = 58;

function workloadToHost({ settings, version }: FamilyContext): ChainDraft {
  const allow = filterAllow(settings);
  const basics =
    version === 4
      ? []
      : ICMPV6_BASICS.map((type) =>
          rule([protocol(ICMPV6), { kind: "icmp", type, code: undefined, negated: false }], allow),
        );
  const action = { kind: settings.defaultEndpointToHostAction.toLowerCase() as "drop" | "return" | "accept" };
  return chain("cali-wl-to-host", "Workloads to their own host", [
    ...basics,
    rule([], jump("cali-from-wl-dispatch")),
    rule([], action, "Configured DefaultEndpointToHostAction"),
  ]);
}

/** Packets for a service address that nothing here translates would be routed out and come back. */
function cidrBlock({ ir, settings, version }: FamilyContext): ChainDraft {
  const { serviceLoopPrevention } = settings;
  const target =
    serviceLoopPrevention === "Reject" ? ({ kind: "reject", with: "port-unreachable" } as const) : DROP;
  const cidrs = serviceLoopPrevention === "Disabled" ? [] : ir.serviceLoopCidrs;
  return chain(
    "cali-cidr-block",
    "Service addresses that must not loop",
    cidrs
      .filter((cidr) => cidr.version === version)
      .map((cidr) => rule(address("destination", cidr), target)),
  );
}
