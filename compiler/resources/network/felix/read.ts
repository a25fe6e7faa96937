import type { Report } from "../../../diagnostics/bag.ts";
import { at, type Origin } from "../../../diagnostics/diagnostic.ts";
import type { Resource } from "../../kind.ts";
import type { Parameter } from "./parameter.ts";
import { BY_CONFIG_NAME, PARAMETER_LIST, type ParameterSpec, type ParameterValues } from "./parameters.ts";

const ANNOTATION_PREFIX = "config.projectcalico.org/";

/** The body of a FelixConfiguration. */
export interface FelixBody {
  readonly spec?: ParameterSpec & { readonly nodeSelector?: string };
}

/**
 * What the resource sets: its fields, overridden by its annotations. An empty text or list is unset, and the text `none`
 * means the type's zero value. What cannot be read is reported and left out.
 */
export function readParameters(
  { body, metadata, origin }: Pick<Resource<FelixBody>, "body" | "metadata" | "origin">,
  report: Report,
): ParameterValues {
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of PARAMETER_LIST) {
    const yaml = body.spec?.[name];
    if (isUnset(yaml, parameter)) continue;
    const outcome = isNone(yaml, parameter) ? readNone(parameter) : parameter.read(yaml as never);
    const here = at(origin, "spec", name);
    if (outcome.ok) values[name] = outcome.value;
    else reportUnreadable(name, yaml, outcome.expected, here, report);
  }
  for (const [key, text] of Object.entries(metadata.annotations)) {
    if (!key.startsWith(ANNOTATION_PREFIX)) continue;
    const here = at(origin, "metadata", "annotations", key);
    const configName = key.slice(ANNOTATION_PREFIX.length);
    const entry = BY_CONFIG_NAME.get(configName.toLowerCase());
    if (entry === undefined) report("felix/unknown-parameter", { name: configName }, here);
    if (entry === undefined || text === "") continue;
    const [name, parameter] = entry;
    const outcome = isNone(text, parameter) ? readNone(parameter) : parameter.readText(text);
    if (outcome.ok) values[name] = outcome.value;
    else reportUnreadable(configName, text, outcome.expected, here, report);
  }
  return values;
}

function isUnset(yaml: unknown, { emptyIsValue }: Parameter<never>): boolean {
  if (Array.isArray(yaml)) return yaml.length === 0 && emptyIsValue !== true;
  return yaml === undefined || yaml === "";
}

/** Where the schema takes any text, `none` is the word; where it lists values, a value may be called None. */
function isNone(yaml: unknown, { schema }: Parameter<never>): boolean {
  return typeof yaml === "string" && yaml.toLowerCase() === "none" && !("enum" in schema);
}

const NOT_NONE = { ok: false, expected: "" } as const;

function readNone({ zero }: Parameter<never>) {
  return zero === undefined ? NOT_NONE : { ok: true as const, value: zero.value };
}

function reportUnreadable(
  parameter: string,
  value: unknown,
  expected: string,
  origin: Origin,
  report: Report,
): void {
  if (expected === NOT_NONE.expected) report("felix/required-value", { parameter }, origin);
  else {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    report("felix/invalid-value", { parameter, value: shown, expected }, origin);
  }
}
