import fc from "fast-check";
import { expect, test } from "vitest";
import * as make from "../../ir/testing/objects.ts";
import type { Ip } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { isOwnAddress, LOOPBACK, workloadAt } from "../evaluator/host.ts";
import type { Route } from "../evaluator/route.ts";
import { packet } from "../evaluator/testing/cluster.ts";
import { hostOf, NODE, OWN_NODE } from "../evaluator/testing/host.ts";
import { holds } from "../holds.ts";
import { leadsBy } from "./feasible.ts";

/** 10.0.0.9 is an address of both workloads, 172.16.1.11 also the host's. */
const HOST = hostOf(
  [
    OWN_NODE,
    make.pod(NODE, "demo/a", {
      interfaceName: "cali-a",
      addresses: ["10.0.0.1", "10.0.0.9", "fd00::1"].map(make.cidr),
      floatingIps: [{ internal: make.ip("10.0.0.1"), external: make.ip("198.51.100.1") }],
    }),
    make.pod(NODE, "demo/b", {
      interfaceName: "cali-b",
      addresses: ["10.0.0.2", "10.0.0.9", "172.16.1.11"].map(make.cidr),
    }),
  ],
  { floatingIps: true },
);

const ADDRESSES: readonly Ip[] = [
  "10.0.0.1",
  "10.0.0.2",
  "10.0.0.3",
  "10.0.0.9",
  "127.0.0.1",
  "172.16.1.11",
  "198.51.100.1",
  "203.0.113.7",
  "::1",
  "fd00::1",
  "fd00::2",
  "fd16::11",
].map(make.ip);
const INTERFACES = ["cali-a", "cali-b", "cali0", "eth0", "eth1", LOOPBACK];

test("a destination leads to its owner alone, and that of nobody here out of any other interface", () => {
  fc.assert(
    fc.property(fc.constantFrom(...ADDRESSES), (destination) => {
      const { version } = destination;
      const route: Route = { version, kind: "forwarded", connection: "new", translation: { kind: "none" } };
      const sent = packet(version === 4 ? "203.0.113.1" : "2001:db8::1", formatIp(destination));
      const ways = INTERFACES.filter((name) => holds(leadsBy(HOST, route, name), sent, () => false));
      const owner = isOwnAddress(HOST, destination) ? LOOPBACK : workloadAt(HOST, destination)?.interfaceName;
      expect(ways).toEqual(owner === undefined ? ["cali0", "eth0", "eth1"] : [owner]);
    }),
  );
});
