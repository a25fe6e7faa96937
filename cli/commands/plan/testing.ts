import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect } from "vitest";
import type { planJson } from "./json.ts";

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync("docs/plan.schema.json", "utf8")),
);

/** The report, which must be as docs/plan.schema.json says. */
export function expectValid(stdout: string): ReturnType<typeof planJson> {
  const report = JSON.parse(stdout);
  const isValid = validate(report);
  expect({ isValid, errors: validate.errors }).toEqual({ isValid: true, errors: null });
  return report;
}
