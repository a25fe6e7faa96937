import type { RightPlace } from "../diagnostics/suggest.ts";
import { isObject, type JsonObject, schemaOf } from "./json.ts";

/**
 * Where a field of this name is known if not here. `path`: of the mapping that has it. What is below that mapping is looked
 * at first, then what is around it, the nearest first.
 */
export function rightPlaceOf(
  field: string,
  path: readonly (string | number)[],
  root: JsonObject,
): RightPlace | undefined {
  const schemaOfFirst = (steps: number) =>
    path.slice(0, steps).reduce<JsonObject>((schema, step) => schemaOf(step, schema), root);
  const below = placesBelow(field, schemaOfFirst(path.length));
  if (below.length > 0) return { of: below.join(" and of "), side: "below" };
  const around = path.findLastIndex((_, steps) => hasField(schemaOfFirst(steps), field));
  return around === -1 ? undefined : { of: nameOf(path.slice(0, around)), side: "around" };
}

function placesBelow(field: string, { properties }: JsonObject): readonly string[] {
  return Object.entries(isObject(properties) ? properties : {}).flatMap(([name, schema]) => {
    if (!isObject(schema)) return [];
    if (hasField(schema, field)) return [nameOf([name])];
    return isObject(schema.items) && hasField(schema.items, field) ? [nameOf([name, 0])] : [];
  });
}

function hasField({ properties }: JsonObject, field: string): boolean {
  return isObject(properties) && Object.hasOwn(properties, field);
}

function nameOf(path: readonly (string | number)[]): string {
  const name = JSON.stringify(path.findLast((step) => typeof step === "string"));
  if (name === undefined) return "the resource";
  return typeof path.at(-1) === "number" ? `entries of ${name}` : name;
}
