import { type FamilyContext, mangleAllow } from "./context.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import { failsafeChains } from "./failsafe.ts";
import { sharedGroups } from "./group-library.ts";
import { mangleHostChains } from "./host-chains.ts";
import { anyMark, clearBits, marked, transientBits } from "./marks.ts";
import { address, ESTABLISHED, inSet, jump, notInSet, RETURN } from "./rule-parts.ts";
import type { TableProgram } from "./table-program.ts";

export const HOST_POLICY_ACCEPTED = "Host endpoint policy accepted packet.";

/** Pre-DNAT policy, and what can be known only after routing (Calico reference §1.4). */
export function mangleTable(context: FamilyContext): TableProgram {
  const { hostEndpoints } = context.ir;
  return {
    name: "mangle",
    hooks: (["PREROUTING", "POSTROUTING"] as const).map((name) => ({
      chain: name,
      position: context.settings.chainInsertMode === "insert" ? "top" : "bottom",
      rule: rule([], jump(`cali-${name}`)),
    })),
    chains: [
      prerouting(context),
      postrouting(context),
      egressDscp(context),
      ...mangleHostChains(context),
      ...sharedGroups(
        context,
        hostEndpoints.flatMap(({ normal, preDnat }) => [normal, preDnat]),
      ),
      ...failsafeChains(context, "mangle"),
    ],
    keep: [],
  };
}

function prerouting({ marks, settings }: FamilyContext): ChainDraft {
  const allow = mangleAllow(settings);
  return chain("cali-PREROUTING", "Mangle, packets that arrive", [
    rule([ESTABLISHED], allow),
    rule([marked(marks.accept)], allow),
    rule([], jump("cali-from-host-endpoint")),
    rule([marked(marks.accept)], allow, HOST_POLICY_ACCEPTED),
  ]);
}

/**
 * RETURN throughout, so that other people's later rules still run. Host endpoint egress policy stands here for the
 * host's own packets that were DNATed: in filter OUTPUT the kernel still shows the interface from before the DNAT.
 */
function postrouting(context: FamilyContext): ChainDraft {
  const { marks, settings } = context;
  const leavesCluster = [
    inSet(context, "source", "dscp-src-net"),
    notInSet(context, "destination", "network-ip-pools"),
    notInSet(context, "destination", "this-host"),
  ];
  return chain("cali-POSTROUTING", "Mangle, packets that leave", [
    ...(dscpEntries(context).length === 0
      ? []
      : [rule(leavesCluster, jump("cali-egress-dscp"), "set dscp for traffic leaving cluster.")]),
    rule([marked(marks.accept)], RETURN),
    ...(settings.kubeIpvsSupport ? [rule([anyMark(marks.endpoint)], RETURN)] : []),
    rule([], clearBits(transientBits(marks))),
    rule([{ kind: "conntrack", states: ["DNAT"], negated: false }], jump("cali-to-host-endpoint")),
    rule([marked(marks.accept)], RETURN, HOST_POLICY_ACCEPTED),
  ]);
}

function dscpEntries({ ir, version }: FamilyContext): FamilyContext["ir"]["nat"]["dscp"] {
  return ir.nat.dscp.filter(({ source }) => source.version === version);
}

/** One address a rule: the kernel would expand a list into rules of its own (§13.6). */
function egressDscp(context: FamilyContext): ChainDraft {
  return chain(
    "cali-egress-dscp",
    "Differentiated services of endpoints, towards the outside",
    dscpEntries(context).map(({ source, dscp }) =>
      rule(address("source", source), { kind: "dscp", value: dscp }),
    ),
  );
}
