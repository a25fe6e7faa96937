import { expect } from "vitest";
import type { Host } from "../../runtime/host/host.ts";

const FOREIGN_RULES = [
  "*nat",
  ":DOCKER - -",
  ":KUBE-SERVICES - -",
  "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
  "-A PREROUTING -j KUBE-SERVICES",
  "-A DOCKER -i docker0 -j RETURN",
  "COMMIT",
  "*filter",
  ":DOCKER-USER - -",
  "-A FORWARD -j DOCKER-USER",
  "-A DOCKER-USER -j RETURN",
  "-A INPUT -p tcp -m tcp --dport 22 -j LOG",
  "COMMIT",
];
const FOREIGN_SETS = [
  "create KUBE-CLUSTER-IP hash:ip,port family inet maxelem 65536",
  "add KUBE-CLUSTER-IP 10.96.0.1,tcp:443",
];
const FOREIGN_ROUTES = [
  "route replace 10.99.0.0/16 via 10.0.0.9 dev eth0 proto 12",
  "route replace default via 10.0.0.254 dev eth0",
];

/** What Docker, kube-proxy, a routing daemon and the administrator have put on a host that has an `eth0`. */
export async function addForeign(host: Host): Promise<void> {
  const give = async (tool: string, args: readonly string[], lines: readonly string[]): Promise<void> =>
    expect(await host.run(tool, args, { input: `${lines.join("\n")}\n` })).toMatchObject({ code: 0 });
  for (const family of ["iptables", "ip6tables"])
    await give(`${family}-${host.iptablesVariant}-restore`, ["--noflush"], FOREIGN_RULES);
  await give("ipset", ["restore"], FOREIGN_SETS);
  await give("ip", ["-batch", "-"], FOREIGN_ROUTES);
}
