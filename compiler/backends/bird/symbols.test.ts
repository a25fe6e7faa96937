import { describe, expect, test } from "vitest";
import { filterSymbol, isPlainText, isSymbol, passwordSymbol, printSymbol } from "./symbols.ts";

const list = (name: string) => filterSymbol({ name, direction: "import", version: 4 });

describe("names of filter functions", () => {
  test("keep 45 characters, and are cut and hashed from 46 on, as Calico does", () => {
    const fits = "45characters.exactly.should.not.truncate-1234";
    expect(fits).toHaveLength(45);
    expect(list(fits)).toBe(`bgp_${fits}_importFilterV4`);
    expect(list("46characters.exactly.so.should.truncate-123456")).toBe(
      "bgp_46characters.exactly.so.shou_9615CBDC00BAC628_importFilterV4",
    );
    expect(isSymbol(list("x".repeat(253)))).toBe(true);
  });

  test("are quoted where they are no plain word", () => {
    expect(printSymbol("from_peers4")).toBe("from_peers4");
    expect(printSymbol(list("a.b"))).toBe("'bgp_a.b_importFilterV4'");
  });

  test("of characters that BIRD's lexer does not know are no symbols", () => {
    for (const name of ["", "a b", "a'b", "ü", "a\n", "x".repeat(65)]) expect(isSymbol(name)).toBe(false);
  });
});

test("texts without quote or control character", () => {
  expect(isPlainText("eth*.100")).toBe(true);
  for (const text of ['a"', "a\nb", "a\0", "ü"]) expect(isPlainText(text)).toBe(false);
});

test("a password's constant depends on the whole reference, and on where one part ends", () => {
  const symbols = [
    passwordSymbol({ namespace: "a", name: "b", key: "c" }),
    passwordSymbol({ namespace: "a", name: "bc", key: "" }),
    passwordSymbol({ namespace: "", name: "ab", key: "c" }),
  ];
  expect(new Set(symbols).size).toBe(3);
  for (const symbol of symbols) expect(symbol).toMatch(/^pw_[0-9a-f]{16}$/);
});
