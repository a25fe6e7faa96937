import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIp } from "../../net/ip.ts";
import { parseAsNumber } from "./as-number.ts";
import { parseCommunity } from "./community.ts";
import { parseDuration } from "./duration.ts";
import { parsePeerAddress } from "./peer-address.ts";

describe("parseDuration", () => {
  test.each([
    ["90s", 90],
    ["1m30s", 90],
    ["1h", 3600],
    ["1.5h", 5400],
    ["250ms", 0.25],
    ["1h0m0.5s", 3600.5],
    [".5s", 0.5],
    ["100us", 0.0001],
    ["100µs", 0.0001],
    ["0", 0],
    ["0s", 0],
  ])("%s is %d s", (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each(["", "90", "s", "1m30", "-5s", "1 s", "1d", "1e3s", "s5", "5sm"])("%j is none", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  test("adds up whole hours, minutes and seconds exactly", () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(59), fc.nat(59), (h, m, s) => {
        expect(parseDuration(`${h}h${m}m${s}s`)).toBe(h * 3600 + m * 60 + s);
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseDuration(text)));
  });
});

describe("parseAsNumber", () => {
  test.each([
    [64512, 64512],
    ["64512", 64512],
    ["4294967295", 4294967295],
    ["1.10", 65546],
    ["65535.65535", 4294967295],
    [0, 0],
  ])("%j is %d", (value, number) => expect(parseAsNumber(value)).toBe(number));

  test.each([4294967296, -1, 1.5, "4294967296", "65536.0", "1.65536", "1.2.3", "AS64512", "", "0x10"])(
    "%j is none",
    (value) => expect(parseAsNumber(value)).toBeUndefined(),
  );
});

describe("parseCommunity", () => {
  test("reads both forms", () => {
    expect(parseCommunity("64512:100")).toEqual({
      ok: true,
      community: { kind: "standard", value: [64512, 100] },
    });
    expect(parseCommunity("4294967295:0:7")).toEqual({
      ok: true,
      community: { kind: "large", value: [4294967295, 0, 7] },
    });
  });

  test.each([
    ["65536:1", "16 bit"],
    ["1:2:4294967296", "32 bit"],
    ["1", "format"],
    ["1:2:3:4", "format"],
    ["a:b", "format"],
    ["", "format"],
  ])("%j fails for its %s", (text, reason) => expect(parseCommunity(text)).toEqual({ ok: false, reason }));
});

describe("parsePeerAddress", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1", undefined],
    ["10.0.0.1:1790", "10.0.0.1", 1790],
    ["fd00::1", "fd00::1", undefined],
    ["[fd00::1]:1790", "fd00::1", 1790],
    ["[fd00::1]", "fd00::1", undefined],
  ])("%s", (text, ip, port) => {
    const parsed = parsePeerAddress(text);
    expect(parsed && { ip: formatIp(parsed.ip), port: parsed.port }).toEqual({ ip, port });
  });

  test.each(["", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:", "[10.0.0.1]:80", "[fd00::1]:0", "host:80"])(
    "%j is none",
    (text) => expect(parsePeerAddress(text)).toBeUndefined(),
  );

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void parsePeerAddress(text)));
  });
});
