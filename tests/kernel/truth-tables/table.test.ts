import { describe, expect, test } from "vitest";
import { describeDifference, parseTable } from "./table.ts";

const allowed = (text: string) =>
  parseTable(text, ["tcp", "udp"])
    .filter((cell) => cell.allowed)
    .map(({ from, to, service }) => `${from} > ${to} ${service.protocol}/${service.port}`);

describe("a truth table as statements", () => {
  test("has a cell for every pair, port and protocol", () => {
    expect(allowed("allow * > *")).toHaveLength(9 * 9 * 4 * 2);
    expect(allowed("deny * > *")).toEqual([]);
  });

  test("a statement names pods, namespaces, names, protocols, ports and ranges", () => {
    expect(
      allowed(`
        deny * > *
        allow x/a,*/c > y/b tcp/80
        deny x/* > y/b tcp/80
        allow x/b > z/c */81-82`),
    ).toEqual([
      "y/c > y/b tcp/80",
      "z/c > y/b tcp/80",
      "x/b > z/c tcp/81",
      "x/b > z/c tcp/82",
      "x/b > z/c udp/81",
      "x/b > z/c udp/82",
    ]);
  });

  test.each([
    ["no default", "deny x/a > *", "not a default"],
    ["a statement that is none", "allow * > *\nforbid x/a > *", "not a statement"],
    ["a pod that is none", "allow * > *\ndeny x/d > *", "no pod is x/d"],
    ["a protocol that is none", "allow * > *\ndeny x/a > * icmp", "not a protocol and ports"],
    [
      "a statement that changes nothing",
      "allow * > *\ndeny * > x/a\ndeny y/* > x/a tcp/80",
      "changes nothing",
    ],
    ["a port that is not asked", "allow * > *\ndeny * > x/a tcp/83", "changes nothing"],
    ["a protocol that is not asked", "allow * > *\ndeny * > x/a sctp", "changes nothing"],
  ])("refuses %s", (_, text, message) => {
    expect(() => parseTable(text, ["tcp", "udp"])).toThrow(message);
  });
});

describe("the difference of two tables", () => {
  const expected = parseTable("allow * > *\ndeny * > x/a", ["tcp"]);

  test("is nothing between equal ones", () => {
    expect(describeDifference(expected, parseTable("allow * > *\ndeny * > x/a", ["tcp"]))).toBeUndefined();
  });

  test("is the observed one with what is wrong in brackets, services of one picture together", () => {
    const observed = parseTable(
      `
      allow * > *
      deny * > x/a
      allow z/b > x/a tcp/81-82
      deny y/a > z/* tcp/443`,
      ["tcp"],
    );
    expect(describeDifference(expected, observed)).toMatchInlineSnapshot(`
      "tcp/81 tcp/82: 1 wrong of 81
            x/a x/b x/c y/a y/b y/c z/a z/b z/c
        x/a   X   .   .   .   .   .   .   .   .
        x/b   X   .   .   .   .   .   .   .   .
        x/c   X   .   .   .   .   .   .   .   .
        y/a   X   .   .   .   .   .   .   .   .
        y/b   X   .   .   .   .   .   .   .   .
        y/c   X   .   .   .   .   .   .   .   .
        z/a   X   .   .   .   .   .   .   .   .
        z/b  [.]  .   .   .   .   .   .   .   .
        z/c   X   .   .   .   .   .   .   .   .
      tcp/443: 3 wrong of 81
            x/a x/b x/c y/a y/b y/c z/a z/b z/c
        x/a   X   .   .   .   .   .   .   .   .
        x/b   X   .   .   .   .   .   .   .   .
        x/c   X   .   .   .   .   .   .   .   .
        y/a   X   .   .   .   .   .  [X] [X] [X]
        y/b   X   .   .   .   .   .   .   .   .
        y/c   X   .   .   .   .   .   .   .   .
        z/a   X   .   .   .   .   .   .   .   .
        z/b   X   .   .   .   .   .   .   .   .
        z/c   X   .   .   .   .   .   .   .   ."
    `);
  });
});
