import type { ArpGuard } from "../../dataplane/arp-guard.ts";
import type { IpSetState } from "../../dataplane/ipset.ts";
import type { XtRuleset } from "../../dataplane/xtables.ts";

/** Everything that this back end keeps on a host. */
export interface IptablesState {
  /** IPv4 first; a family that the host does not filter is absent. */
  readonly rulesets: readonly XtRuleset[];
  readonly ipSets: IpSetState;
  readonly arpGuard: ArpGuard;
}

export const EMPTY_STATE: IptablesState = {
  rulesets: [],
  ipSets: { sets: [] },
  arpGuard: { interfaces: [] },
};
