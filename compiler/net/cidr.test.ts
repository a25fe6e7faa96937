import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressAt,
  type Cidr,
  cidrContains,
  cidrContainsIp,
  cidrKey,
  cidrOf,
  compareCidr,
  formatCidr,
  hostCidr,
  ipOf,
  isSingleAddress,
  isStrictCidr,
  parseCidr,
  sizeOf,
} from "./cidr.ts";
import { formatIp, parseIp } from "./ip.ts";

const anyCidr: fc.Arbitrary<Cidr> = fc.oneof(
  fc.tuple(fc.nat(0xffffffff), fc.nat(32)).map(([value, length]) => cidrOf({ version: 4, value }, length)),
  fc
    .tuple(fc.bigInt({ min: 1n << 127n, max: (1n << 128n) - 1n }), fc.nat(128))
    .map(([value, length]) => cidrOf({ version: 6, value }, length)),
);

describe("parseCidr", () => {
  test.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["255.255.255.255/0", "0.0.0.0/0"],
    ["255.255.255.255/1", "128.0.0.0/1"],
    ["1.2.3.4", "1.2.3.4/32"],
    ["1.2.3.4/32", "1.2.3.4/32"],
    ["10.0.0.0/08", "10.0.0.0/8"],
    ["fd00::1/64", "fd00::/64"],
    ["::1", "::1/128"],
    ["ffff::/0", "::/0"],
    ["::ffff:10.1.2.3/104", "10.0.0.0/8"],
    ["::ffff:10.1.2.3/96", "0.0.0.0/0"],
    ["::ffff:10.1.2.3/95", "::fffe:0:0/95"],
    ["::ffff:10.1.2.3", "10.1.2.3/32"],
  ])("%s is %s", (text, expected) => {
    expect(formatCidr(parseCidr(text)!)).toBe(expected);
  });

  test.each([
    "",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8 ",
    "10.0.0.0/8/8",
    "10.0.0/8",
    "10.0.0.0/255.0.0.0",
    "::/129",
    "::ffff:1.2.3.4/129",
    "fd00::%eth0/64",
    "x/8",
  ])("%j is none", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  test("reads what formatCidr prints", () => {
    fc.assert(
      fc.property(anyCidr, (cidr) => {
        expect(parseCidr(formatCidr(cidr))).toEqual(cidr);
        expect(isStrictCidr(formatCidr(cidr))).toBe(true);
      }),
      { seed: 6 },
    );
  });
});

test.each([
  ["10.0.0.0/8", true],
  ["0.0.0.0/0", true],
  ["::/0", true],
  ["10.0.0.1/32", true],
  ["::ffff:10.0.0.0/104", true],
  ["10.0.0.1/8", false],
  ["fd00::1/64", false],
  ["::ffff:10.0.0.0/90", false],
  ["10.0.0.1", false],
  ["10.0.0.0/33", false],
  ["nonsense", false],
])("whether %s is strict: %s", (text, expected) => {
  expect(isStrictCidr(text)).toBe(expected);
});

describe("containment", () => {
  test.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["0.0.0.0/0", "::1", false],
    ["128.0.0.0/1", "200.1.1.1", true],
    ["::/0", "1.2.3.4", false],
    ["fd00::/8", "fdff::1", true],
    ["fd00::/8", "fe00::1", false],
  ])("%s and %s: %s", (cidr, ip, expected) => {
    expect(cidrContainsIp(parseCidr(cidr)!, parseIp(ip)!)).toBe(expected);
  });

  test("a network contains itself and its parts, never what is wider", () => {
    const outer = parseCidr("10.0.0.0/8")!;
    expect(cidrContains(outer, outer)).toBe(true);
    expect(cidrContains(outer, parseCidr("10.1.0.0/16")!)).toBe(true);
    expect(cidrContains(parseCidr("10.0.0.0/16")!, outer)).toBe(false);
    expect(cidrContains(parseCidr("::/0")!, outer)).toBe(false);
  });
});

test("sorts by family, network and length", () => {
  const sorted = ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "200.0.0.0/8", "::/0", "fd00::/8"];
  const cidrs = [...sorted].reverse().map((text) => parseCidr(text)!);
  expect(cidrs.sort(compareCidr).map(formatCidr)).toEqual(sorted);
});

test("keys are equal for equal networks only", () => {
  fc.assert(
    fc.property(anyCidr, anyCidr, (a, b) => {
      expect(cidrKey(a) === cidrKey(b)).toBe(compareCidr(a, b) === 0);
      expect(cidrKey(a)).toBe(cidrKey({ ...a }));
    }),
    { seed: 7 },
  );
  expect(cidrKey(parseCidr("0.0.0.0/0")!)).not.toBe(cidrKey(parseCidr("::/0")!));
  expect(cidrKey(parseCidr("10.0.0.0/8")!)).not.toBe(cidrKey(parseCidr("10.0.0.0/9")!));
});

test.each(["10.0.0.1", "fd00::1", "0.0.0.0", "::"])(
  "%s is an address, and the network of it alone",
  (text) => {
    const address = parseIp(text)!;
    const alone = hostCidr(address);
    expect(ipOf(alone)).toEqual(address);
    expect(isSingleAddress(alone)).toBe(true);
    expect(isSingleAddress(cidrOf(address, alone.length - 1))).toBe(false);
  },
);

test.each([
  ["10.0.0.0/30", 4, "10.0.0.3"],
  ["255.255.255.254/31", 2, "255.255.255.255"],
  ["fd00::/126", 4, "fd00::3"],
  ["fd00::1/128", 1, "fd00::1"],
])("%s has %d addresses, the last is %s", (text, size, last) => {
  const network = parseCidr(text)!;
  expect(sizeOf(network)).toBe(size);
  expect(formatIp(addressAt(network, size - 1))).toBe(last);
});
