import { createHash } from "node:crypto";

/** Calico's names of things on a host, where they are made by hashing. */

/**
 * Calico's id of a definition: `<prefix>:` and 38 characters of base64url(SHA-224(`<prefix>:<content>`)).
 * Prefixes: `s` selector set, `n` named-port set, `svc` and `svcnoport` service sets (libcalico-go `lib/hash`).
 */
export function makeUniqueId(prefix: string, content: string): string {
  const digest = createHash("sha224").update(`${prefix}:${content}`).digest("base64url");
  return `${prefix}:${digest}`;
}

/**
 * Calico's `GetLengthLimitedID`: `prefix + suffix` where that fits into `max` characters, else the prefix and a
 * shortened hash of the suffix behind `_`. A suffix that itself begins with `_` is hashed one character earlier, so
 * that it can never be taken for a hash. Lengths count UTF-8 bytes; names on a host are ASCII.
 */
export function lengthLimitedId(prefix: string, suffix: string, max: number): string {
  const content = suffix === "" ? "_" : suffix;
  const length = Buffer.byteLength(prefix) + Buffer.byteLength(content);
  if (length < max || (length === max && !content.startsWith("_"))) return prefix + content;
  const digest = createHash("sha256").update(content).digest("base64url");
  return `${prefix}_${digest.slice(0, max - 1 - Buffer.byteLength(prefix))}`;
}
