import type { Origin } from "../../diagnostics/diagnostic.ts";

/** A field of the resource that `origin` points at. */
export function at(origin: Origin, ...path: readonly (string | number)[]): Origin {
  return { ...origin, path: [...origin.path, ...path] };
}
