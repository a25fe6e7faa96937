import { readFileSync } from "node:fs";

/** Pairs of an etcd key and its value. */
export const CORPUS: readonly (readonly [string, string])[] = readPairs();

function readPairs(): readonly (readonly [string, string])[] {
  const lines = readFileSync(new URL("./etcd.txt", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.flatMap((key, i) => (i % 2 === 0 ? [[key, lines[i + 1] ?? ""] as const] : []));
}
