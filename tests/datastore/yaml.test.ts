import { load, YAML11_SCHEMA } from "js-yaml";
import { describe, expect, test } from "vitest";
import { parseYaml, printYaml } from "../../runtime/datastore/yaml.ts";

describe("a text stays one for who reads YAML 1.1, as Calico and kubectl do, or 1.2", () => {
  test.each([
    "yes",
    "on",
    "n",
    "null",
    "~",
    "0755",
    "0o17",
    "0X1F",
    "0_8",
    "1_0.5",
    "1:30.5",
    ".5_0",
    "1_000",
    "12:30:45",
    "0b1",
    "1e3",
    "2026-11-26T05:03:35Z",
  ])("%s", (text) => {
    const printed = printYaml({ text });
    expect(load(printed, { schema: YAML11_SCHEMA })).toEqual({ text });
    expect(parseYaml(printed)).toEqual([{ text }]);
  });
});

test("what needs no quotes gets none", () => {
  expect(printYaml(["web", "10.0.0.0/16", "fd00::1", "all()"])).toBe(
    "- web\n- 10.0.0.0/16\n- fd00::1\n- all()\n",
  );
});

test("integers of any size come back as they were", () => {
  const values = [0, -1, 2 ** 53 - 1, 2n ** 63n, -(2n ** 70n)];
  expect(parseYaml(printYaml(values))).toEqual([values]);
});
