import { isJsonObject, type Json } from "../../../runtime/datastore/json.ts";
import { UserError } from "../../output/errors.ts";

/** `%v`: lists as `[a b]`, mappings as `map[a:1 b:2]`; what is not there is empty. */
export function printed(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(printed).join(" ")}]`;
  if (!isJsonObject(value)) return String(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((field) => `${field}:${printed(value[field])}`).join(" ")}]`;
}

const VERB = /%(?<flags>[-+0 #]*)(?<width>\d*)(?:\.(?<precision>\d+))?(?<verb>.)/gsu;

/** `printf` with the verbs v, s, q, d, t, f, x and %, flags `-` and `0`, width and precision. Throws UserError. */
export function formatted(format: string, args: readonly (Json | undefined)[]): string {
  let next = 0;
  return format.replace(VERB, (...match) => {
    const {
      flags = "",
      width = "",
      precision,
      verb = "",
    } = match.at(-1) as Record<string, string | undefined>;
    if (verb === "%") return "%";
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const text = shown(verb, args[next++], precision === undefined ? undefined : Number(precision));
    if (flags.includes("-")) return text.padEnd(Number(width));
    return text.padStart(Number(width), flags.includes("0") && verb !== "s" && verb !== "v" ? "0" : " ");
  });
}

function shown(verb: string, value: Json | undefined, precision: number | undefined): string {
  switch (verb) {
    case "v":
    case "s":
      return precision === undefined ? printed(value) : [...printed(value)].slice(0, precision).join("");
    case "q":
      return JSON.stringify(printed(value));
    case "t":
      if (typeof value === "boolean" || value === undefined) return String(value ?? false);
      break;
    case "d":
      if (typeof value === "bigint" || Number.isInteger(value) || value === undefined)
        return String(value ?? 0);
      break;
    case "x":
      if (typeof value === "bigint" || Number.isInteger(value)) return (value as number).toString(16);
      break;
    case "f":
      if (typeof value === "number" || value === undefined) return (value ?? 0).toFixed(precision ?? 6);
      break;
    default:
      throw new UserError(`%${verb} is not there`);
  }
  return `%!${verb}(${typeName(value)}=${printed(value)})`;
}

function typeName(value: Json | undefined): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : typeof value;
}
