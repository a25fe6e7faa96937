import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareIp, formatIp, parseIp } from "./ip.ts";

describe("parseIp", () => {
  test.each([
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["10.0.0.1", "10.0.0.1"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["FE80::ABCD", "fe80::abcd"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["0001:02:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["::1.2.3.4", "::102:304"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
  ])("%s prints as %s", (text, expected) => {
    expect(formatIp(parseIp(text)!)).toBe(expected);
  });

  test.each(["::ffff:1.2.3.4", "::ffff:102:304", "0:0:0:0:0:FFFF:1.2.3.4"])("%s is 1.2.3.4", (text) => {
    expect(parseIp(text)).toEqual({ version: 4, value: 0x01020304 });
  });

  test.each([
    "",
    " 1.2.3.4",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.",
    ".1.2.3",
    "1..2.3",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.00",
    "0x1.2.3.4",
    "1.2.3.4/32",
    "１.2.3.4",
    "1",
    ":",
    ":::",
    ":1",
    "1:",
    "1:::2",
    "::1::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "00001::",
    "g::",
    "fe80::1%eth0",
    "1:2:3:4:5:6:7:1.2.3.4",
    "1:2:3:1.2.3.4",
    "::1.2.3",
    "::1.2.3.4:5",
    "::01.2.3.4",
    "[::1]",
  ])("%j is none", (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  test("accepts what the platform accepts, zones aside", () => {
    const alphabet = fc.constantFrom(..."0123456789af:::...g");
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 20 }), (text) => {
        expect(parseIp(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
      }),
      { numRuns: 5000, seed: 2 },
    );
  });

  test("reads IPv6 as the platform does", () => {
    const group = fc.nat(0xffff).map((g) => (g % 3 === 0 ? "0" : g.toString(16)));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const platform = new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
        fc.pre(!platform.startsWith("::ffff:"));
        expect(formatIp(parseIp(groups.join(":"))!)).toBe(platform);
      }),
      { numRuns: 1000, seed: 3 },
    );
  });
});

describe("formatIp", () => {
  test("IPv4 round-trips", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (value) => {
        expect(parseIp(formatIp({ version: 4, value }))).toEqual({ version: 4, value });
      }),
      { seed: 4 },
    );
  });

  test("IPv6 round-trips", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n << 48n, max: (1n << 128n) - 1n }), (value) => {
        expect(parseIp(formatIp({ version: 6, value }))).toEqual({ version: 6, value });
      }),
      { seed: 5 },
    );
  });

  test("a mapped IPv6 address shows the address that it maps", () => {
    expect(formatIp({ version: 6, value: (0xffffn << 32n) | 0x01020304n })).toBe("::ffff:1.2.3.4");
  });
});

test("IPv4 sorts before IPv6, and both by number", () => {
  const sorted = ["1.2.3.4", "9.0.0.0", "10.0.0.0", "255.0.0.0", "::1", "2::", "10::"];
  expect([...sorted].reverse().sort((a, b) => compareIp(parseIp(a)!, parseIp(b)!))).toEqual(sorted);
});
