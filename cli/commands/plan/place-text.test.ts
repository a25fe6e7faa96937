import { expect, test } from "vitest";
import { type PlaceDiff, readDataplane } from "../../../compiler/index.ts";
import { placesText } from "./place-text.ts";

function moved(from: number, to: number): string | undefined {
  const place = { artifact: "iptables.restore", kind: "chain", name: "filter cali-x" } as const;
  const line = ["-A cali-x -j RETURN"];
  const reason = { heading: "To workload shop/api", resource: "Workload shop/api" };
  const diff: PlaceDiff = {
    ...place,
    heading: reason.heading,
    items: [{ ...place, op: "move", was: line, lines: line, from, to, reason }],
  };
  const nothing = readDataplane([]);
  return placesText({ places: [diff], before: nothing, after: nothing }, false)
    .at(-1)
    ?.trim();
}

test("a rule that moves says from where to where, and not where that is one", () => {
  expect(moved(5, 7)).toBe("~ -j RETURN  # moved from 6 to 8");
  expect(moved(5, 5)).toBe("~ -j RETURN  # moved past others, number 6 as before");
});
