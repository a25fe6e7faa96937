import {
  type Host,
  hostEndpointFor,
  isWorkloadInterface,
  LOOPBACK,
  workloadOn,
} from "../../semantics/evaluator/host.ts";
import { endpointWords } from "../../semantics/explain/words.ts";
import type { End } from "./pairs.ts";
import { isUnnamed } from "./side.ts";

/**
 * The ends in words: `pod shop/api-0`, `host endpoint db (eth0)`, `eth1`; `outside` for every interface that is not
 * a workload's. `hosts`: where to look, the first that knows an interface names it.
 */
export function endWords(hosts: readonly Host[], interfaces: readonly string[], end: End): readonly string[] {
  if (end === "host") return ["the host"];
  const isOutside = (name: string) => !hosts.some((host) => isWorkloadInterface(host, name));
  const outside = interfaces.filter(isOutside);
  const isAllOutside = outside.every((name) => end.includes(name));
  const named = end.filter((name) => !isAllOutside || !isOutside(name));
  return [...named.map((name) => interfaceWords(hosts, name)), ...(isAllOutside ? ["outside"] : [])];
}

function interfaceWords(hosts: readonly Host[], name: string): string {
  for (const host of hosts) {
    const workload = workloadOn(host, name);
    if (workload !== undefined) return endpointWords(host.model, workload.key);
  }
  if (hosts.some((host) => isWorkloadInterface(host, name))) return "an unknown pod's interface";
  for (const host of hosts) {
    const endpoint = hostEndpointFor(host, name, "host");
    if (endpoint !== undefined && endpoint.interfaceName !== "*")
      return `${endpointWords(host.model, endpoint.key)} (${name})`;
  }
  if (name === LOOPBACK) return "the loopback";
  return hosts.every((host) => isUnnamed(host, name)) ? "any other interface" : name;
}
