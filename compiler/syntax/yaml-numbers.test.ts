import { describe, expect, test } from "vitest";
import { readYamlInteger } from "./yaml-numbers.ts";
import { readYaml } from "./yaml-reader.ts";

function read(text: string): unknown {
  const result = readYaml(text);
  return result.ok ? result.documents[0] : result.problems;
}

describe("numbers as Go's YAML reads them", () => {
  test.each([
    ["010", 8],
    ["0777", 511],
    ["-010", -8],
    ["08", 8],
    ["09.5", 9.5],
    ["00", 0],
    ["-0", 0],
    ["1_000", 1000],
    ["1__0", 10],
    ["685_230.15", 685230.15],
    ["+685_230", 685230],
    ["0b1010_0111_0100_1010_1110", 685230],
    ["-0b11", -3],
    ["0B11", 3],
    ["0o17", 15],
    ["0O17", 15],
    ["0x_0A_74_AE", 685230],
    ["0XfF", 255],
    ["1e3", 1000],
    [".5", 0.5],
    ["9007199254740993", 9007199254740992],
  ])("%s", (text, value) => {
    expect(read(`a: ${text}`)).toEqual({ a: value });
  });

  test.each(["_80", "0b", "0b2", "0o8", "0xg", "0b1.5", ".5_0", "1:2", "190:20:30", "1e999", "1,000"])(
    "%s is a text",
    (text) => {
      expect(read(`a: ${text}`)).toEqual({ a: text });
    },
  );

  test("in quotes everything is a text, and by its tag an integer", () => {
    expect(read(`["010", '1_000', !!int "010", !!str 010]`)).toEqual(["010", "1_000", 8, "010"]);
  });
});

test.each([
  ["18446744073709551615", 2n ** 64n - 1n],
  ["-0xffffffffffffffffff", -(2n ** 72n - 1n)],
])("%s is exact", (text, value) => {
  expect(readYamlInteger(text)).toBe(value);
});
