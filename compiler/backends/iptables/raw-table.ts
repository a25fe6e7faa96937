import { denyTarget, type FamilyContext, vxlanOn, workloadInterfaces } from "./context.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import { failsafeChains } from "./failsafe.ts";
import { sharedGroups } from "./group-library.ts";
import { rawHostChains } from "./host-chains.ts";
import { clearBits, marked, setBits, transientBits, unmarked } from "./marks.ts";
import type { Draft } from "./rule-list.ts";
import { ACCEPT, address, fromInterface, jump, NOTRACK, port, protocol, RETURN, UDP } from "./rule-parts.ts";
import type { TableProgram } from "./table-program.ts";

/** Before connection tracking: source checks of workloads, untracked policy (Calico reference §1.3). */
export function rawTable(context: FamilyContext): TableProgram {
  return {
    name: "raw",
    hooks: (["PREROUTING", "OUTPUT"] as const).map((name) => ({
      chain: name,
      position: context.settings.chainInsertMode === "insert" ? "top" : "bottom",
      rule: rule([], jump(`cali-${name}`)),
    })),
    chains: [
      prerouting(context),
      output(context),
      wireguardIncomingMark(context),
      rpfSkip(context),
      ...rawHostChains(context),
      ...sharedGroups(
        context,
        context.ir.hostEndpoints.map(({ untracked }) => untracked),
      ),
      ...failsafeChains(context, "raw"),
    ],
    keep: [],
  };
}

function prerouting(context: FamilyContext): ChainDraft {
  const { marks, settings } = context;
  const fromWorkload = marks.scratch0;
  return chain("cali-PREROUTING", "Raw, packets that arrive", [
    rule([], clearBits(transientBits(marks))),
    ...(wireguardMarks(context) ? [rule([], jump("cali-wireguard-incoming-mark"))] : []),
    ...vxlanNotrack(context),
    ...workloadInterfaces(context, "in").map((match) => rule([match], setBits(fromWorkload))),
    rule([marked(fromWorkload)], jump("cali-rpf-skip")),
    rule([marked(fromWorkload), { kind: "reverse-path-failed" }], denyTarget(settings, "raw")),
    rule([unmarked(fromWorkload)], jump("cali-from-host-endpoint")),
    rule([marked(marks.accept)], ACCEPT),
  ]);
}

function output(context: FamilyContext): ChainDraft {
  const { marks } = context;
  return chain("cali-OUTPUT", "Raw, the host's own packets", [
    rule([], clearBits(transientBits(marks))),
    rule([], jump("cali-to-host-endpoint")),
    ...vxlanNotrack(context),
    rule([marked(marks.accept)], ACCEPT),
  ]);
}

function vxlanNotrack(context: FamilyContext): readonly Draft[] {
  if (!vxlanOn(context)) return [];
  return [rule([protocol(UDP), port("destination", context.settings.vxlanPort)], NOTRACK)];
}

function wireguardMarks({ settings, marks }: FamilyContext): boolean {
  return settings.wireguardHostEncryption && marks.wireguard !== 0;
}

/** Sends the reverse path lookup of what did not come through the tunnel to the tunnel's routing table. */
function wireguardIncomingMark(context: FamilyContext): ChainDraft {
  const { settings, marks } = context;
  const exempt = ["lo", settings.wireguardInterface, settings.wireguardInterface6].map(fromInterface);
  return chain("cali-wireguard-incoming-mark", "Packets that should have come through WireGuard", [
    ...[...exempt, ...workloadInterfaces(context, "in")].map((match) => rule([match], RETURN)),
    ...(marks.wireguard === 0 ? [] : [rule([], setBits(marks.wireguard))]),
  ]);
}

/** Sources that an endpoint may use besides its own; made anew from today's endpoints, in their order (§13.6, §13.28). */
function rpfSkip({ ir, version }: FamilyContext): ChainDraft {
  return chain(
    "cali-rpf-skip",
    "Sources that workloads may send from besides their own",
    ir.workloads.flatMap(({ interfaceName, allowedSpoofSources }) =>
      allowedSpoofSources
        .filter((cidr) => cidr.version === version)
        .map((cidr) => rule([fromInterface(interfaceName), ...address("source", cidr)], ACCEPT)),
    ),
  );
}
