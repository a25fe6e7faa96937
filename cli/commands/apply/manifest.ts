import { isAbsolute, normalize } from "node:path";

const FORMAT = 1;

export interface ListedFile {
  /** Relative to the bundle, and inside of it. */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
}

/** What applying needs of a bundle's `manifest.json` (layout: docs/compile.md). */
export interface Manifest {
  readonly node: string;
  readonly variant: "nft" | "legacy";
  readonly artifacts: readonly ListedFile[];
}

export type ParsedManifest =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly reason: string };

export function parseManifest(text: string): ParsedManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: "not JSON" };
  }
  const format = field(value, "format");
  if (format !== FORMAT)
    return { ok: false, reason: `bundle format ${JSON.stringify(format)}; this version reads ${FORMAT}` };
  const node = field(value, "node");
  const variant = field(field(value, "features"), "iptablesBackend");
  const artifacts = field(value, "artifacts");
  if (typeof node !== "string" || node === "") return { ok: false, reason: "it names no node" };
  if (variant !== "nft" && variant !== "legacy")
    return { ok: false, reason: "it does not say for which iptables it was compiled" };
  if (!Array.isArray(artifacts)) return { ok: false, reason: "it lists no files" };
  const files: ListedFile[] = [];
  for (const entry of artifacts as readonly unknown[]) {
    const path = field(entry, "path");
    const sha256 = field(entry, "sha256");
    if (typeof path !== "string" || typeof sha256 !== "string")
      return { ok: false, reason: "a file is listed without its path or digest" };
    if (!isInside(path)) return { ok: false, reason: `${JSON.stringify(path)} is not inside the bundle` };
    if (files.some((file) => file.path === path)) return { ok: false, reason: `${path} is listed twice` };
    files.push({ path, sha256 });
  }
  return { ok: true, manifest: { node, variant, artifacts: files } };
}

function isInside(path: string): boolean {
  return path !== "." && !isAbsolute(path) && normalize(path) === path && !/^\.\.(\/|$)/.test(path);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
