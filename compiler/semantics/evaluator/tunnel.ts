import type { FelixSettings } from "../../ir/felix-config.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { all, type Condition, IPIP, isMember, isProtocol, portIn, type Side, UDP } from "../condition.ts";
import type { Host } from "./host.ts";
import { hosts, isRouted, usesVxlan } from "./members.ts";
import { NO_OPINION, type Program, rule, test } from "./program.ts";

/**
 * The outer packets of tunnels between hosts, which come before the policy of host endpoints (dataplane §1.6):
 * known peers are admitted, and what others send as a tunnel's packets is refused.
 */
export function tunnelIngress(host: Host, version: IpVersion): Program {
  return tunnelsOf(host, version, "source").reduceRight<Program>(
    (next, { isTunnels, isPeer }) =>
      test(isTunnels, test(isPeer, ADMITTED, rule("deny", { kind: "not-a-known-host" })), next),
    NO_OPINION,
  );
}

/** On the way out tunnels' packets to known peers are admitted, and policy decides on the others. */
export function tunnelEgress(host: Host, version: IpVersion): Program {
  return tunnelsOf(host, version, "destination").reduceRight<Program>(
    (next, { isTunnels, isPeer }) => test(all(isTunnels, isPeer), ADMITTED, next),
    NO_OPINION,
  );
}

const ADMITTED = rule("allow", { kind: "between-hosts" });

interface Tunnel {
  readonly isTunnels: Condition;
  readonly isPeer: Condition;
}

function tunnelsOf(host: Host, version: IpVersion, peer: Side): readonly Tunnel[] {
  const { settings, model } = host;
  const tunnels: Tunnel[] = [];
  if (version === 4 && usesIpip(host))
    tunnels.push({ isTunnels: isProtocol(IPIP), isPeer: isMember(peer, hosts(settings, false)) });
  if (usesVxlan(model, settings, version))
    tunnels.push({ isTunnels: isVxlan(settings), isPeer: isMember(peer, hosts(settings, true)) });
  const [enabled, port] =
    version === 4
      ? [settings.wireguardEnabled, settings.wireguardPort]
      : [settings.wireguardEnabled6, settings.wireguardPort6];
  // WireGuard knows its peers by their keys.
  if (enabled) tunnels.push({ isTunnels: udpTo(port), isPeer: all() });
  return tunnels;
}

export function isVxlan({ vxlanPort }: FelixSettings): Condition {
  return udpTo(vxlanPort);
}

function udpTo(port: number): Condition {
  return all(isProtocol(UDP), portIn("destination", port, port));
}

function usesIpip({ model, settings }: Host): boolean {
  const asked = [...model.all("ip-pool").values()].some(
    (pool) =>
      isRouted(pool) && pool.cidr.version === 4 && pool.ipipMode !== "Never" && pool.vxlanMode === "Never",
  );
  return settings.ipipEnabled ?? asked;
}
