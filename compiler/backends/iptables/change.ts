import type { KernelSet } from "../../dataplane/ipset.ts";
import type { XtChain, XtHook, XtRule, XtTableName } from "../../dataplane/xtables.ts";
import type { SetMember } from "../../ir/member-list.ts";
import type { Ip4, IpVersion } from "../../net/cidr.ts";

/** Where a rule change happens. */
export interface TablePlace {
  readonly version: IpVersion;
  readonly table: XtTableName;
}

/**
 * One difference between two states. Indices of rules are 0-based; `from` counts in the current chain, `to` in the
 * desired one.
 */
export type IptablesChange =
  | ({ readonly kind: "chain-added"; readonly chain: XtChain } & TablePlace)
  | ({ readonly kind: "chain-removed"; readonly chain: XtChain } & TablePlace)
  | ({
      readonly kind: "rule-inserted";
      readonly chain: string;
      readonly rule: XtRule;
      readonly to: number;
    } & TablePlace)
  | ({
      readonly kind: "rule-removed";
      readonly chain: string;
      readonly rule: XtRule;
      readonly from: number;
    } & TablePlace)
  | ({
      readonly kind: "rule-moved";
      readonly chain: string;
      readonly rule: XtRule;
      readonly from: number;
      readonly to: number;
    } & TablePlace)
  /** The id says that nothing changed, the text says otherwise: somebody altered the rule by hand. */
  | ({
      readonly kind: "rule-altered";
      readonly chain: string;
      readonly was: XtRule;
      readonly rule: XtRule;
      readonly to: number;
    } & TablePlace)
  | ({ readonly kind: "hook-added"; readonly hook: XtHook } & TablePlace)
  | ({ readonly kind: "hook-removed"; readonly hook: XtHook } & TablePlace)
  /** It is there, but behind a foreign rule that keeps packets from it, or in another order. */
  | ({
      readonly kind: "hook-misplaced";
      readonly hook: XtHook;
      readonly precededBy: string | undefined;
    } & TablePlace)
  | { readonly kind: "set-added"; readonly set: KernelSet }
  | { readonly kind: "set-removed"; readonly set: KernelSet }
  /** Another type or size: the kernel cannot change a set in place. */
  | { readonly kind: "set-recreated"; readonly was: KernelSet; readonly set: KernelSet }
  | {
      readonly kind: "members-changed";
      readonly set: KernelSet;
      readonly added: readonly SetMember[];
      readonly removed: readonly SetMember[];
    }
  | { readonly kind: "arp-address-added"; readonly interfaceName: string; readonly address: Ip4 }
  | { readonly kind: "arp-address-removed"; readonly interfaceName: string; readonly address: Ip4 };
