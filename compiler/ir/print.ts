import type { Cidr, Ip } from "../net/cidr.ts";
import { formatCidr } from "../net/cidr.ts";
import { formatIp } from "../net/ip.ts";
import { MemberList } from "./member-list.ts";
import type { NodeIr } from "./node-ir.ts";

/**
 * The IR as text, for `--emit-ir`, `--dump-after` and review. Networks, addresses and selectors appear as people
 * write them, an origin as `file#path`; everything else is the structure itself, one field a line.
 */
export function printIr(ir: NodeIr): string {
  return `${printValue(ir, "").trimStart()}\n`;
}

function printValue(value: unknown, indent: string): string {
  const leaf = printLeaf(value);
  if (leaf !== undefined) return leaf;
  const deeper = `${indent}  `;
  if (value instanceof MemberList) return printValue([...value], indent);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return value.map((item) => `\n${indent}- ${printValue(item, deeper).replace(/^\n\s*/, "")}`).join("");
  }
  const entries = Object.entries(value as object).filter(([, field]) => field !== undefined);
  return entries
    .map(([key, field]) => {
      const text = printValue(field, deeper);
      return `\n${indent}${key}:${text.startsWith("\n") ? text : ` ${text}`}`;
    })
    .join("");
}

function printLeaf(value: unknown): string | undefined {
  if (value === null || typeof value !== "object") return typeof value === "string" ? value : String(value);
  if (isAddress(value)) return "length" in value ? formatCidr(value) : formatIp(value);
  if ("canonical" in value) return String(value.canonical);
  if ("document" in value && "file" in value && "path" in value)
    return `${String(value.file)}#${(value.path as readonly (string | number)[]).join(".")}`;
  return undefined;
}

function isAddress(value: object): value is Ip | Cidr {
  return "version" in value && "value" in value;
}
