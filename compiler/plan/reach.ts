import { RULES_PATH } from "../backends/iptables/print.ts";
import { targetChain } from "../dataplane/xtables.ts";
import type { Place } from "./change.ts";
import { chainHeadingKey } from "./headings.ts";
import { endpointOf } from "./reason.ts";
import type { DataplaneState } from "./state.ts";

/** Which endpoints' packets come to a chain or a set, by the rules' jumps and set matches. */
export class Reach {
  /** Chains whose rules lead to a chain or ask a set. */
  readonly #callers = new Map<string, Set<string>>();
  readonly #endpoints = new Map<string, string>();

  /** Of all the states together: what a change takes away concerns those that came there before. */
  constructor(states: readonly DataplaneState[]) {
    for (const { iptables, headings } of states)
      for (const { version, tables } of iptables.rulesets)
        for (const { name: table, chains } of tables) {
          const artifact = RULES_PATH[version];
          for (const { name, rules } of chains) {
            const at = `${artifact} ${table} ${name}`;
            const endpoint = endpointOf(headings.get(chainHeadingKey(artifact, table, name)) ?? "");
            if (endpoint !== undefined) this.#endpoints.set(at, endpoint);
            for (const { matches, target } of rules) {
              const chain = targetChain(target);
              if (chain !== undefined) this.#add(`${artifact} ${table} ${chain}`, at);
              for (const match of matches) if (match.kind === "set") this.#add(setKey(match.set), at);
            }
          }
        }
  }

  #add(callee: string, caller: string): void {
    const callers = this.#callers.get(callee);
    if (callers === undefined) this.#callers.set(callee, new Set([caller]));
    else callers.add(caller);
  }

  /** The endpoints, `Workload shop/api-0`, whose packets come to any of the places. */
  endpoints(places: readonly Place[]): ReadonlySet<string> {
    const found = new Set<string>();
    const seen = new Set<string>();
    const open = places.flatMap(({ artifact, kind, name }) =>
      kind === "chain" ? `${artifact} ${name}` : kind === "set" ? setKey(name) : [],
    );
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const endpoint = this.#endpoints.get(at);
      // What leads to the endpoint's own chain leads to all endpoints.
      if (endpoint === undefined) open.push(...(this.#callers.get(at) ?? []));
      else found.add(endpoint);
    }
    return found;
  }
}

function setKey(name: string): string {
  return `set ${name}`;
}
