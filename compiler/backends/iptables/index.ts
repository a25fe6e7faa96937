import type { Backend, Printer } from "../backend.ts";
import type { IptablesChange } from "./change.ts";
import { diffIptables } from "./diff.ts";
import { emitIptables } from "./emit.ts";
import { parseIptables } from "./parse.ts";
import { printIptables } from "./print.ts";
import { type PrintCounters, SharedParts } from "./shared-parts.ts";
import type { IptablesState } from "./state.ts";

export type { IptablesChange } from "./change.ts";
export { parseIptables } from "./parse.ts";
export { type KnownLines, noLines } from "./rule-lines.ts";
export type { PrintCounters } from "./shared-parts.ts";
export type { IptablesState } from "./state.ts";

/**
 * Rules and sets of both IP versions, and the ARP guard: `iptables.restore`, `ip6tables.restore`, `ipset.restore`,
 * `arp.nft`.
 */
export const iptablesBackend: Backend<IptablesState, IptablesChange> = {
  name: "iptables",
  emit: (ir, context) => emitIptables(ir, context),
  print: (state, node) => printIptables(state, node),
  parse: (artifacts) => parseIptables(artifacts),
  diff: diffIptables,
};

/** Prints once what the nodes have in common that it is given, and again only what has changed of the last one. */
export function createIptablesPrinter(counters?: PrintCounters): Printer {
  const shared = new SharedParts(counters);
  return (ir, context) => printIptables(emitIptables(ir, context, shared), ir.node, undefined, shared);
}
