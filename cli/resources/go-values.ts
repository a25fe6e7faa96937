/** Values as Go's `fmt` prints them. */
import { isJsonObject, type Json } from "../../runtime/datastore/json.ts";

/** `absent`: what stands for a value that is not there. */
export function goText(value: Json | undefined, absent: string): string {
  if (value === undefined || value === null || value === "") return absent;
  return String(value);
}

/** As a float64: `%v` takes an exponent from a million on, `1e+06`. */
export function goFloat(value: number): string {
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** The items of a list, or a map as sorted `k=v`. */
export function goItems(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => goText(item, ""));
  if (!isJsonObject(value)) return [];
  return Object.entries(value)
    .map(([key, item]) => `${key}=${goText(item, "")}`)
    .sort();
}

/** At most `longest` characters, the last three of which say that there are more. */
export function truncated(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 3)}...`;
}
