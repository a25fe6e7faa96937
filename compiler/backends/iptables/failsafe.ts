import type { XtTableName } from "../../dataplane/xtables.ts";
import type { FailsafePort } from "../../ir/felix-config.ts";
import type { Side } from "../../ir/node-ir.ts";
import type { FamilyContext } from "./context.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import type { Draft } from "./rule-list.ts";
import { ACCEPT, address, port, protocol } from "./rule-parts.ts";

/**
 * Ports that no host endpoint policy can close (Calico reference §6). In raw also the way back: otherwise untracked
 * policy could take one direction of a tracked connection out of conntrack.
 */
export function failsafeChains(context: FamilyContext, table: XtTableName): readonly ChainDraft[] {
  const { failsafeInbound, failsafeOutbound } = context.settings;
  const rules = (ports: readonly FailsafePort[], portSide: Side, netSide: Side) =>
    ports.flatMap((entry) => failsafeRule(context, entry, portSide, netSide));
  const replies = table === "raw";
  return [
    chain("cali-failsafe-in", "Ports that stay open whatever policy says, inbound", [
      ...rules(failsafeInbound, "destination", "source"),
      ...(replies ? rules(failsafeOutbound, "source", "source") : []),
    ]),
    chain("cali-failsafe-out", "Ports that stay open whatever policy says, outbound", [
      ...rules(failsafeOutbound, "destination", "destination"),
      ...(replies ? rules(failsafeInbound, "source", "destination") : []),
    ]),
  ];
}

/** An entry with a network exists in that network's family only. */
function failsafeRule(
  { version }: FamilyContext,
  { protocol: number, port: value, net }: FailsafePort,
  portSide: Side,
  netSide: Side,
): readonly Draft[] {
  if (net !== undefined && net.version !== version) return [];
  const from = net === undefined ? [] : address(netSide, net);
  return [rule([...from, protocol(number), port(portSide, value)], ACCEPT)];
}
