import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../../../runtime/datastore/json.ts";
import { UserError } from "../../output/errors.ts";

/** RFC 6902: the operations one after the other, or UserError that names the one that cannot be done. */
export function applyJsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch))
    throw new UserError(
      "a patch of type json is a list of operations, as in [{op: remove, path: /spec/order}]",
    );
  let value = target;
  for (const [i, operation] of (patch as readonly Json[]).entries()) {
    try {
      value = applyOperation(value, operation);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`operation ${i + 1} of the patch: ${error.message}`);
    }
  }
  return value;
}

function applyOperation(target: Json, operation: Json): Json {
  if (!isJsonObject(operation)) throw new UserError("it is not a mapping");
  const path = pointer(operation.path, "path");
  const from = (): Path => pointer(operation.from, "from");
  switch (operation.op) {
    case "add":
      return add(target, path, operand(operation.value));
    case "replace":
      return add(remove(target, path), path, operand(operation.value));
    case "remove":
      return remove(target, path);
    case "move":
      return add(remove(target, from()), path, at(target, from()));
    case "copy":
      return add(target, path, at(target, from()));
    case "test":
      if (canonicalJson(at(target, path)) === canonicalJson(operand(operation.value))) return target;
      throw new UserError(`${textOf(path)} is not what it tests for`);
    default:
      throw new UserError(`op '${operation.op}' is none of add, remove, replace, move, copy, test`);
  }
}

type Path = readonly string[];

/** RFC 6901. */
function pointer(value: Json | undefined, field: string): Path {
  if (value === "") return [];
  if (typeof value !== "string" || !value.startsWith("/"))
    throw new UserError(`its ${field} does not begin with /`);
  return value
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function operand(value: Json | undefined): Json {
  if (value === undefined) throw new UserError("it has no value");
  return value;
}

/** What stands at a path; throws UserError where nothing does. */
function at(target: Json, path: Path): Json {
  return path.reduce((value, step) => childOf(value, step, path), target);
}

function add(target: Json, path: Path, value: Json): Json {
  return (
    edited(target, path, path, (container, step) => {
      if (isJsonObject(container)) return { ...container, [step]: value };
      if (!isList(container)) throw absent(path);
      const index = step === "-" ? container.length : indexOf(step);
      if (index === undefined || index > container.length) throw absent(path);
      return container.toSpliced(index, 0, value);
    }) ?? value
  );
}

function remove(target: Json, path: Path): Json {
  at(target, path);
  const left = edited(target, path, path, (container, step) => {
    if (isList(container)) return container.toSpliced(Number(step), 1);
    const { [step]: _, ...others } = container as JsonObject;
    return others;
  });
  return left ?? null;
}

/** The target with another container around the last step of `rest`; `undefined`: it is the target that is meant. */
function edited(
  target: Json,
  [step, ...rest]: Path,
  path: Path,
  edit: (container: Json, step: string) => Json,
): Json | undefined {
  if (step === undefined) return undefined;
  if (rest.length === 0) return edit(target, step);
  const child = edited(childOf(target, step, path), rest, path, edit)!;
  return isList(target) ? target.with(Number(step), child) : { ...(target as JsonObject), [step]: child };
}

function childOf(value: Json, step: string, path: Path): Json {
  const index = indexOf(step);
  if (isList(value) && index !== undefined && index < value.length) return value[index]!;
  if (isJsonObject(value) && Object.hasOwn(value, step)) return value[step]!;
  throw absent(path);
}

function indexOf(step: string): number | undefined {
  return /^(0|[1-9]\d*)$/.test(step) ? Number(step) : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function absent(path: Path): UserError {
  return new UserError(`${textOf(path)} is not there`);
}

function textOf(path: Path): string {
  return path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("") || "the whole";
}
