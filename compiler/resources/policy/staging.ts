import { Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { Resource } from "../kind.ts";
import { enumOf } from "../schema.ts";

/** What a staged policy proposes; absent means Set. Learn and Ignore are evaluated like Set. */
export const stagedFields = { stagedAction: Type.Optional(enumOf(["Set", "Delete", "Learn", "Ignore"])) };

export interface StagedSpec {
  readonly stagedAction?: "Set" | "Delete" | "Learn" | "Ignore";
}

/** A proposal to delete a policy: it has no content, and nothing of it reaches a host. */
export function proposesDeletion({ stagedAction }: StagedSpec): boolean {
  return stagedAction === "Delete";
}

/** resources.md §1.5: a deletion says which policy, and nothing else (a tier is let pass where there are tiers). */
export function checkDeletion(
  { body, origin }: Resource<{ readonly spec: StagedSpec }>,
  { kubernetes }: { readonly kubernetes: boolean },
  report: Report,
): void {
  const allowed = kubernetes ? ["stagedAction"] : ["stagedAction", "tier"];
  const fields = Object.entries(body.spec)
    .filter(([field, value]) => !allowed.includes(field) && !isZero(value))
    .map(([field]) => field);
  if (fields.length > 0) report("policy/staged-delete-fields", { kubernetes, fields }, at(origin, "spec"));
}

/** Go's zero value, but for pointers: an `order` of 0 is set. */
function isZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? value.length === 0 : Object.values(value).every(isZero);
  return value === undefined || value === null || value === "" || value === false;
}
