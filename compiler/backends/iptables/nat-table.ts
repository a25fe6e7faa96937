import type { XtMatch, XtTarget } from "../../dataplane/xtables.ts";
import { hostCidr, type PortRange } from "../../net/cidr.ts";
import { type FamilyContext, vxlanOn } from "./context.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import type { Draft } from "./rule-list.ts";
import {
  address,
  inSet,
  jump,
  local,
  notInSet,
  protocol,
  RETURN,
  TCP,
  toInterface,
  UDP,
} from "./rule-parts.ts";
import type { TableProgram } from "./table-program.ts";

/** Address translation (Calico reference §1.5, §7). */
export function natTable(context: FamilyContext): TableProgram {
  const top = context.settings.chainInsertMode === "insert" ? "top" : "bottom";
  return {
    name: "nat",
    hooks: [
      { chain: "PREROUTING", position: top, rule: rule([], jump("cali-PREROUTING")) },
      { chain: "OUTPUT", position: top, rule: rule([], jump("cali-OUTPUT")) },
      // Last in every mode: kube-proxy must see and clear its own mark before we masquerade (§1.1).
      { chain: "POSTROUTING", position: "bottom", rule: rule([], jump("cali-POSTROUTING")) },
    ],
    chains: [
      chain("cali-PREROUTING", "NAT, packets that arrive", [rule([], jump("cali-fip-dnat"))]),
      chain("cali-OUTPUT", "NAT, the host's own packets", [rule([], jump("cali-fip-dnat"))]),
      chain("cali-POSTROUTING", "NAT, packets that leave", [
        rule([], jump("cali-fip-snat")),
        rule([], jump("cali-nat-outgoing")),
        ...tunnelSources(context),
      ]),
      floatingDnat(context),
      floatingSnat(context),
      natOutgoing(context),
    ],
    keep: [],
  };
}

function floatingDnat({ ir, version }: FamilyContext): ChainDraft {
  return chain(
    "cali-fip-dnat",
    "Floating IPs to workloads",
    ir.nat.dnat
      .filter(({ external }) => external.version === version)
      .map(({ external, internal }) =>
        rule(address("destination", hostCidr(external)), { kind: "dnat", to: internal }),
      ),
  );
}

/** A pod that reaches itself by its floating IP; everything else of it keeps its own address. */
function floatingSnat({ ir, version }: FamilyContext): ChainDraft {
  return chain(
    "cali-fip-snat",
    "Workloads that reach themselves by their floating IP",
    ir.nat.snat
      .filter(({ external }) => external.version === version)
      .map(({ external, internal }) =>
        rule([...address("source", hostCidr(internal)), ...address("destination", hostCidr(internal))], {
          kind: "snat",
          to: external,
          ports: undefined,
          randomFully: false,
        }),
      ),
  );
}

function natOutgoing(context: FamilyContext): ChainDraft {
  const { ir, version, settings } = context;
  const on = version === 4 ? ir.nat.natOutgoing4 : ir.nat.natOutgoing6;
  const filter = settings.natOutgoingInterfaceFilter;
  const leaves = (protocols: readonly XtMatch[]): readonly XtMatch[] => [
    inSet(context, "source", "masq-ipam-pools"),
    notInSet(context, "destination", "network-ip-pools"),
    ...(settings.natOutgoingExclusions === "IPPoolsAndHostIPs"
      ? [notInSet(context, "destination", "all-hosts-net")]
      : []),
    ...protocols,
    ...(filter === "" ? [] : [toInterface(filter)]),
  ];
  const range = settings.natPortRange;
  const ported =
    range === undefined
      ? []
      : [TCP, UDP].flatMap((number) => [
          rule(leaves([protocol(number)]), outgoingTarget(context, range)),
          rule(leaves([protocol(number)]), RETURN),
        ]);
  const rules = [...ported, rule(leaves([]), outgoingTarget(context, undefined))];
  return chain("cali-nat-outgoing", "Pods of NAT-outgoing pools to the outside", on ? rules : []);
}

/**
 * Calico writes the configured address, which is an IPv4 one, into the IPv6 table too, which then cannot load
 * (§13.29). The other family masquerades.
 */
function outgoingTarget(
  { settings, version, features }: FamilyContext,
  ports: PortRange | undefined,
): XtTarget {
  const { natOutgoingAddress: to } = settings;
  const { randomFully } = features;
  return to?.version === version
    ? { kind: "snat", to, ports, randomFully }
    : { kind: "masquerade", ports, randomFully };
}

/**
 * What leaves through a tunnel with an address of another interface of this host could not be answered through it. The
 * UDP copy keeps the translated source port off the VXLAN port, where replies would be dropped (§7.2).
 */
function tunnelSources(context: FamilyContext): readonly Draft[] {
  const { ir, version, settings, features } = context;
  const { randomFully } = features;
  return ir.nat.tunnelDevices
    .filter((device) => device.version === version)
    .flatMap(({ name }) => {
      const foreignSource: readonly XtMatch[] = [
        toInterface(name),
        { kind: "local-address", side: "source", outInterfaceOnly: true, negated: true },
        local("source"),
      ];
      const masquerade = (ports: PortRange | undefined): XtTarget => ({
        kind: "masquerade",
        ports,
        randomFully,
      });
      const udp = rule([protocol(UDP), ...foreignSource], masquerade(portsBeside(settings.vxlanPort)));
      return [...(vxlanOn(context) ? [udp] : []), rule(foreignSource, masquerade(undefined))];
    });
}

/** The wider side of the unprivileged ports around one of them; the lower side if both are equally wide. */
function portsBeside(port: number): PortRange {
  const below = { first: 1024, last: Math.min(port - 1, 65535) };
  const above = { first: Math.max(port + 1, 1024), last: 65535 };
  return below.last - below.first >= above.last - above.first ? below : above;
}
