import type { BirdChange, BirdConfig } from "../../dataplane/bird.ts";
import type { BgpIr } from "../../ir/bgp-ir.ts";
import type { SecretRef } from "../../ir/bgp-model.ts";
import type { Backend } from "../backend.ts";
import { diffBird } from "./diff.ts";
import { emitBird } from "./emit.ts";
import { parseBird } from "./parse.ts";
import { printBird } from "./print.ts";
import { passwordSymbol } from "./symbols.ts";

export { SECRETS_PATTERN } from "./emit.ts";
export { type BirdProblem, findProblems } from "./validate.ts";

/** One `bird.conf` for stock BIRD 2, both IP versions; none where the node takes no part in BGP. */
export const birdBackend: Backend<BirdConfig | undefined, BirdChange> = {
  name: "bird",
  emit: (ir, context) => emitBird(ir.bgp, context.report),
  print: printBird,
  parse: parseBird,
  diff: diffBird,
};

/** A constant that `bird.conf` expects the host to define with a secret's value: `define <symbol> = "…";`. */
export interface BirdSecret {
  readonly symbol: string;
  readonly ref: SecretRef;
}

/** The secrets that a node's sessions need, sorted by symbol; the host writes them beside `bird.conf`. */
export function birdSecrets(ir: BgpIr): readonly BirdSecret[] {
  const secrets = new Map<string, SecretRef>();
  for (const { password } of ir.peers)
    if (password !== undefined) secrets.set(passwordSymbol(password), password);
  return [...secrets]
    .map(([symbol, ref]) => ({ symbol, ref }))
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}
