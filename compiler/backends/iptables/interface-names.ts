import type { Report } from "../../diagnostics/bag.ts";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { NodeIr } from "../../ir/node-ir.ts";

/** Linux allows more, but nothing that Calico accepts; and none of these can end a word in a restore file. */
const INTERFACE = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/;

/** The IR without endpoints on impossible interfaces; each of them is reported, and so is a wrong setting. */
export function withSafeInterfaces(ir: NodeIr, report: Report): NodeIr {
  const check = (name: string, used: string, origin: Origin | undefined): boolean => {
    const safe = INTERFACE.test(name);
    if (!safe) report("iptables/interface-name", { name, used }, origin);
    return safe;
  };
  const { settings, nat } = ir;
  const prefixes = settings.interfacePrefixes.filter((name) => check(name, "an interface prefix", undefined));
  const filter = settings.natOutgoingInterfaceFilter;
  const filterSafe =
    filter === "" || check(filter.replace(/\+$/, ""), "the NAT-outgoing interface", undefined);
  const tunnels = nat.tunnelDevices.filter(({ name }) => check(name, "a tunnel device", undefined));
  const wireguard = (name: string, fallback: string) =>
    check(name, "a WireGuard device", undefined) ? name : fallback;
  return {
    ...ir,
    workloads: ir.workloads.filter(({ interfaceName, workload, origin }) =>
      check(interfaceName, `the interface of workload ${workload}`, origin),
    ),
    hostEndpoints: ir.hostEndpoints.filter(
      ({ interfaceName, name, origin }) =>
        interfaceName === "*" || check(interfaceName, `the interface of host endpoint ${name}`, origin),
    ),
    nat: tunnels.length === nat.tunnelDevices.length ? nat : { ...nat, tunnelDevices: tunnels },
    settings: {
      ...settings,
      interfacePrefixes: prefixes,
      natOutgoingInterfaceFilter: filterSafe ? filter : "",
      wireguardInterface: wireguard(settings.wireguardInterface, "wireguard.cali"),
      wireguardInterface6: wireguard(settings.wireguardInterface6, "wg-v6.cali"),
    },
  };
}
