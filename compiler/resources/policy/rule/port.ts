import type { PortRange } from "../../../net/cidr.ts";
import { parsePortRange } from "../../../net/ports.ts";

/** An entry of `ports`: resources.md §2.3. */
export type Port =
  | { readonly kind: "range"; readonly range: PortRange }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "invalid"; readonly reason: string };

export function parsePort(value: number | string): Port {
  if (typeof value === "string" && !/^\d+(:\d+)?$/.test(value))
    return isPortName(value)
      ? { kind: "name", name: value }
      : { kind: "invalid", reason: "it is neither a number, nor a range, nor a name" };
  const range = parsePortRange(value);
  if (range !== undefined && range.first > 0) return { kind: "range", range };
  const [first = 0, last = first] = String(value).split(":").map(Number);
  const reason =
    first > last && first <= 65535
      ? "port range invalid, it ends before it begins"
      : "port range invalid, port number must be between 1 and 65535";
  return { kind: "invalid", reason };
}

/** Calico's rule, wider than that of Kubernetes. */
export function isPortName(text: string): boolean {
  return /^[a-zA-Z0-9_.-]{1,128}$/.test(text);
}
