import { expect, test } from "vitest";
import type { MeasuredProbe } from "../../../runtime/lab/probe.ts";
import { probeText } from "./matrix.ts";

const END = (name: string) => ({ name, node: "n", space: "s", addresses: [], ports: [] });
const [A, B, C] = [END("web/a"), END("web/b"), END("node/x")];

function probe(
  [from, to]: readonly [typeof A, typeof A],
  protocol: "tcp" | "icmp",
  port: number | undefined,
  expected: "allow" | "deny",
  measured: "allow" | "deny",
  noWay?: string,
): MeasuredProbe {
  const addresses = { ipVersion: 4 as const, source: "10.0.0.1", destination: "10.0.0.2" };
  return { from, to, ...addresses, protocol, port, expected, measured, noWay };
}

test("expected beside measured, and every difference in words", () => {
  const probes = [
    probe([A, B], "icmp", undefined, "allow", "allow"),
    probe([A, B], "tcp", 80, "allow", "allow"),
    probe([A, B], "tcp", 81, "allow", "deny"),
    probe([B, A], "icmp", undefined, "deny", "deny", "b has no route to 10.0.0.1"),
    probe([B, A], "tcp", 80, "deny", "deny", "b has no route to 10.0.0.1"),
  ];
  const reason = "node x cannot run here: no ipip";
  const notTried = [A, B].flatMap((end) => [
    { ...probes[0]!, from: end, to: C, reason },
    { ...probes[0]!, from: C, to: end, reason },
  ]);
  expect(probeText({ ends: [A, B, C], probes, notTried })).toBe(`EXPECTED  1  2   3    MEASURED  1  2   3
1 web/a   .  it  ?              .  i+  ?
2 web/b   -  .   ?              -  .   ?
3 node/x  ?  ?   .              ?  ?   .

row reaches column: i ping, t TCP (+ some of its ports only), - neither, ? not tried; with both IP versions: v4/v6
not tried: 4: node x cannot run here: no ipip
no way for 2: b has no route to 10.0.0.1
DIFFERS: web/a to web/b, TCP port 81 of 10.0.0.2: expected allow, measured deny
5 connections tried, 4 as the resources say, 1 not; 4 not tried
`);
});
