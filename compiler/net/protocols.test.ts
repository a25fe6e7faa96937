import { expect, test } from "vitest";
import { PROTOCOL_NAMES, protocolHasPorts, protocolName, protocolNumber } from "./protocols.ts";

test.each([
  ["TCP", 6],
  ["tcp", 6],
  ["UDP", 17],
  ["ICMP", 1],
  ["ICMPv6", 58],
  ["icmpv6", 58],
  ["SCTP", 132],
  ["UDPLite", 136],
  [6, 6],
  ["6", 6],
  [255, 255],
  ["47", 47],
])("%j is protocol %i", (protocol, number) => {
  expect(protocolNumber(protocol)).toBe(number);
});

test.each([0, 256, -1, 1.5, "0", "256", "", "1000", "gre", "+6", "6 "])("%j is no protocol", (protocol) => {
  expect(protocolNumber(protocol)).toBeUndefined();
});

test("every accepted name is known, and comes back in lower case", () => {
  expect(PROTOCOL_NAMES.map((name) => protocolName(protocolNumber(name)!))).toEqual(
    PROTOCOL_NAMES.map((name) => name.toLowerCase()),
  );
  expect(protocolName(47)).toBeUndefined();
});

test("ports belong to TCP, UDP and SCTP", () => {
  expect([1, 6, 17, 47, 58, 132, 136].filter(protocolHasPorts)).toEqual([6, 17, 132]);
});
