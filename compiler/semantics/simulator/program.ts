import type { Cidr, Ip, IpVersion } from "../../net/cidr.ts";
import type { Condition } from "../condition.ts";

/** The dataplane of one node as its emitted files tell it, for one IP version: what the simulator runs. */
export interface Dataplane {
  readonly version: IpVersion;
  readonly tables: Readonly<Record<TableName, Table>>;
  /** Contents of the sets of this version, by the kernel's name. */
  readonly sets: ReadonlyMap<string, SetContents>;
  /** Those of the main table. */
  readonly routes: readonly Route[];
}

export interface Route {
  readonly cidr: Cidr;
  /** `undefined`: it leads nowhere (blackhole), or the host's own routes to its gateway tell. */
  readonly device: string | undefined;
}

export type TableName = "raw" | "mangle" | "nat" | "filter";

/** Chains by name, the kernel's own (`PREROUTING`, …) among them; those start empty, and end in ACCEPT. */
export type Table = ReadonlyMap<string, readonly Rule[]>;

export interface Rule {
  /** Line in its file, from 1. */
  readonly line: number;
  /** As emitted. */
  readonly text: string;
  /** A conjunction, in the order of the text; each is asked only if those before it hold. */
  readonly matches: readonly Match[];
  readonly target: Target;
}

export type Match =
  /** About the header as it is now. */
  | { readonly kind: "header"; readonly condition: Condition }
  /** `name` may end in `+`. */
  | {
      readonly kind: "interface";
      readonly direction: "in" | "out";
      readonly name: string;
      readonly negated: boolean;
    }
  | { readonly kind: "mark"; readonly value: number; readonly mask: number; readonly negated: boolean }
  | { readonly kind: "conntrack"; readonly states: readonly CtState[]; readonly negated: boolean }
  /** Matches where strict reverse path filtering fails. */
  | { readonly kind: "reverse-path-failed" }
  /** `addrtype`: that address is one of the host's own. */
  | { readonly kind: "local-address"; readonly side: "source" | "destination"; readonly negated: boolean }
  /** Rate and connection limits. `passes`: what the match says while the limit is not reached. */
  | { readonly kind: "limit"; readonly passes: boolean };

export type CtState = "INVALID" | "NEW" | "RELATED" | "ESTABLISHED" | "UNTRACKED" | "SNAT" | "DNAT";

export type Target =
  | { readonly kind: "accept" }
  | { readonly kind: "drop" }
  /** Refused with an answer: a denial. */
  | { readonly kind: "reject" }
  | { readonly kind: "return" }
  | { readonly kind: "jump"; readonly chain: string }
  | { readonly kind: "goto"; readonly chain: string }
  /** Replaces the bits of `mask` by `value`: `(mark & ~mask) ^ value`, as `--set-xmark`. */
  | { readonly kind: "mark"; readonly value: number; readonly mask: number }
  | { readonly kind: "notrack" }
  | { readonly kind: "dnat"; readonly to: Ip }
  /** Ends the walk of the nat table, and changes nothing that verdicts see (source NAT comes last). */
  | { readonly kind: "source-nat" }
  /** Goes on to the next rule: LOG, DSCP, a rule without a target. */
  | { readonly kind: "none" };

export interface SetContents {
  /** Line of its `create`. */
  readonly line: number;
  readonly withPorts: boolean;
  /** For sets of addresses. */
  readonly nets: readonly Cidr[];
  /** For sets with ports. */
  readonly triples: readonly { readonly ip: Ip; readonly protocol: number; readonly port: number }[];
}

/** The text holds something that the simulator has no meaning for: nothing can be said about it then. */
export class UnreadableText extends Error {
  readonly file: string;
  readonly line: number;

  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`);
    this.name = "UnreadableText";
    this.file = file;
    this.line = line;
  }
}
