import { expect, test } from "vitest";
import { formatCidr, parseCidr } from "../../compiler/index.ts";
import { partName, splitCidr } from "./split.ts";

test.each([
  ["10.0.0.0/8", 2, ["10.0.0.0/9", "10.128.0.0/9"]],
  ["0.0.0.0/0", 2, ["0.0.0.0/1", "128.0.0.0/1"]],
  ["192.0.2.0/30", 4, ["192.0.2.0/32", "192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32"]],
  ["fd00::/8", 2, ["fd00::/9", "fd80::/9"]],
  ["fd00::/126", 4, ["fd00::/128", "fd00::1/128", "fd00::2/128", "fd00::3/128"]],
  ["192.0.2.0/31", 4, undefined],
  ["fd00::/127", 4, undefined],
])("%s in %i", (cidr, count, parts) => {
  expect(splitCidr(parseCidr(cidr)!, count)?.map(formatCidr)).toEqual(parts);
});

test("a name that leaves no room for a number is cut", () => {
  expect(partName("p", 3)).toBe("split-p-3");
  const long = partName("p".repeat(253), 12);
  expect([long.length, long.slice(0, 7), long.slice(-4)]).toEqual([253, "split-p", "p-12"]);
});
