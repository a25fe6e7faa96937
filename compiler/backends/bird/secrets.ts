import type { BgpIr } from "../../ir/bgp-ir.ts";
import type { SecretRef } from "../../ir/bgp-model.ts";
import { passwordSymbol } from "./symbols.ts";

/** Where the host puts the passwords: relative to `bird.conf`, and no error when there is no such file. */
export const SECRETS_PATTERN = "bird.secrets*.conf";

/** The kernel's limit for a TCP MD5 key, in bytes; BIRD finds out only when it opens the session. */
const MAX_PASSWORD = 80;

/** A constant that `bird.conf` expects the host to define with a secret's value. */
export interface BirdSecret {
  readonly symbol: string;
  readonly ref: SecretRef;
}

/** The secrets that a node's sessions need, each once, sorted by symbol. */
export function birdSecrets(ir: BgpIr): readonly BirdSecret[] {
  const secrets = new Map<string, SecretRef>();
  for (const { password } of ir.peers)
    if (password !== undefined) secrets.set(passwordSymbol(password), password);
  return [...secrets]
    .map(([symbol, ref]) => ({ symbol, ref }))
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}

/** Why BIRD cannot have this password, without a word of the password itself; `undefined` = it can. */
export function passwordProblem(value: string): string | undefined {
  if (value === "") return "it is empty";
  if (new TextEncoder().encode(value).length > MAX_PASSWORD) return `it is longer than ${MAX_PASSWORD} bytes`;
  if (/["\n\r\0]/.test(value)) return "it has a quote, a line end or a NUL in it, which BIRD cannot escape";
  return undefined;
}

/**
 * Text of `bird.secrets.conf`, for the host alone: the only place where values meet their symbols. A session whose
 * constant is missing makes BIRD refuse the file, so no session ever goes without its password.
 */
export function printSecrets(values: ReadonlyMap<string, string>): string {
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([symbol, value]) => {
      const problem = passwordProblem(value);
      if (problem !== undefined)
        throw new RangeError(`The password ${symbol} cannot be written: ${problem}.`);
      return `define ${symbol} = "${value}";\n`;
    })
    .join("");
}
