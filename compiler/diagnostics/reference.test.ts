import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { diagnosticsReference } from "./reference.ts";

test("the reference page lists the codes as they are (refresh with `npm run docs`)", () => {
  const page = readFileSync(new URL("../../docs/diagnostics.md", import.meta.url), "utf8");
  expect(page).toBe(diagnosticsReference());
});
