import type { Backend } from "../backend.ts";
import type { IptablesChange } from "./change.ts";
import { diffIptables } from "./diff.ts";
import { emitIptables } from "./emit.ts";
import { parseIptables } from "./parse.ts";
import { printIptables } from "./print.ts";
import type { IptablesState } from "./state.ts";

export type { IptablesChange } from "./change.ts";
export { parseIptables } from "./parse.ts";
export { type KnownLines, noLines } from "./rule-lines.ts";
export type { IptablesState } from "./state.ts";

/**
 * Rules and sets of both IP versions, and the ARP guard: `iptables.restore`, `ip6tables.restore`, `ipset.restore`,
 * `arp.nft`.
 */
export const iptablesBackend: Backend<IptablesState, IptablesChange> = {
  name: "iptables",
  emit: emitIptables,
  print: printIptables,
  parse: (artifacts) => parseIptables(artifacts),
  diff: diffIptables,
};
