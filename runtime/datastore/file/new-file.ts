import { createHash } from "node:crypto";
import { DatastoreError } from "../errors.ts";
import type { ResourceKey } from "../resource.ts";

/** For a resource that is in no file yet. Names that are no file names are escaped as in URLs. */
export function newFileFor({ kind, namespace, name }: ResourceKey): string {
  for (const part of [namespace, name])
    if (part === "." || part === ".." || part.includes("\0"))
      throw new DatastoreError({ kind: "invalid", reason: `${JSON.stringify(part)} cannot be a name` });
  const parts = [kind.toLowerCase(), ...(namespace === "" ? [] : [namespace]), name].map(encodeURIComponent);
  const long = parts.findIndex((part) => part.length > 200);
  if (long < 0) return `${parts.join("/")}.yaml`;
  const digest = createHash("sha256").update(parts.join("/")).digest("hex").slice(0, 16);
  return `${parts.map((part) => part.slice(0, 180)).join("/")}-${digest}.yaml`;
}
