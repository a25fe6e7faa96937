import { isJsonObject, type Json } from "../datastore/json.ts";
import type { Resource } from "../datastore/resource.ts";

/**
 * A resource without the places where people put secrets that are no Secret: the environment and the arguments of
 * containers, and the copy of them that `kubectl apply` keeps.
 */
export function withoutEnvironment(resource: Resource): Resource {
  return stripped(resource) as Resource;
}

const CONTAINERS: ReadonlySet<string> = new Set(["containers", "initContainers", "ephemeralContainers"]);
const OF_CONTAINERS: ReadonlySet<string> = new Set(["env", "envFrom", "args", "command"]);
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function stripped(value: Json): Json {
  if (Array.isArray(value)) return value.map(stripped);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([field]) => field !== LAST_APPLIED);
  return Object.fromEntries(
    kept.map(([field, child]) => [
      field,
      CONTAINERS.has(field) && Array.isArray(child)
        ? (child as readonly Json[]).map(container)
        : stripped(child),
    ]),
  );
}

function container(value: Json): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([field]) => !OF_CONTAINERS.has(field)));
}
