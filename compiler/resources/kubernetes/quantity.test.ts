import { expect, test } from "vitest";
import { parseDscp } from "./dscp.ts";
import { parseQuantity } from "./quantity.ts";

test.each([
  ["0", 0],
  ["10", 10],
  ["10M", 10_000_000],
  ["1.5Gi", 1_610_612_736],
  ["2e3", 2000],
  ["2E3", 2000],
  ["2E", 2e18],
  ["1k", 1000],
  ["1Ki", 1024],
  ["1P", 1e15],
  [".5k", 500],
  ["5.", 5],
  ["+7", 7],
  ["-1", -1],
  ["1m", 1],
  ["1100m", 2],
  ["1.1k", 1100],
  ["1.001k", 1001],
  ["1u", 1],
  ["1n", 1],
])("the quantity %s is %d, rounded up", (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each(["", "K", "1K", "1ki", "1 M", " 1", "1MB", "1e", "1e3k", "0x10", "1,5", "NaN", "Infinity"])(
  "%j is no quantity",
  (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  },
);

test.each([
  ["0", 0],
  ["63", 63],
  ["DF", 0],
  ["EF", 46],
  ["af11", 10],
  ["AF43", 38],
  ["CS0", 0],
  ["CS6", 48],
])("the DSCP %s is %d", (text, value) => {
  expect(parseDscp(text)).toBe(value);
});

test.each(["", "64", "-1", "AF44", "AF51", "CS7", "EF1", "1.5"])("%j is no DSCP", (text) => {
  expect(parseDscp(text)).toBeUndefined();
});
