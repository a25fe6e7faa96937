import type { ServiceSlice } from "../ir/cluster-model.ts";
import type { SetMember } from "../ir/member-list.ts";
import { hostCidr } from "../net/cidr.ts";
import type { MemberSet } from "./member-set.ts";

export function serviceKey({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${namespace}/${name}`;
}

/**
 * Members of sets that stand for a Kubernetes service: every address of its slices, with every port or alone.
 * Readiness plays no part, as in Calico.
 */
export class ServiceMembers {
  readonly #slices = new Map<string, ServiceSlice>();
  readonly #byService = new Map<string, Map<string, ServiceSlice>>();
  readonly #sets = new Map<string, Set<MemberSet>>();

  setSlice(key: string, slice: ServiceSlice | undefined): void {
    const before = this.#slices.get(key);
    if (slice !== undefined) this.#enter(key, slice);
    if (before !== undefined) this.#leave(key, before, slice);
  }

  connect(service: string, set: MemberSet): void {
    const sets = this.#sets.get(service);
    if (sets === undefined) this.#sets.set(service, new Set([set]));
    else sets.add(set);
    for (const slice of this.#byService.get(service)?.values() ?? []) set.add(contribution(slice, set));
  }

  disconnect(service: string, set: MemberSet): void {
    const sets = this.#sets.get(service);
    sets?.delete(set);
    if (sets?.size === 0) this.#sets.delete(service);
  }

  #enter(key: string, slice: ServiceSlice): void {
    this.#slices.set(key, slice);
    const service = keyOf(slice);
    const slices = this.#byService.get(service);
    if (slices === undefined) this.#byService.set(service, new Map([[key, slice]]));
    else slices.set(key, slice);
    for (const set of this.#sets.get(service) ?? []) set.add(contribution(slice, set));
  }

  #leave(key: string, before: ServiceSlice, after: ServiceSlice | undefined): void {
    const service = keyOf(before);
    for (const set of this.#sets.get(service) ?? []) set.remove(contribution(before, set));
    if (after === undefined) this.#slices.delete(key);
    if (after !== undefined && keyOf(after) === service) return;
    const slices = this.#byService.get(service);
    slices?.delete(key);
    if (slices?.size === 0) this.#byService.delete(service);
  }
}

function keyOf(slice: ServiceSlice): string {
  return serviceKey({ namespace: slice.namespace, name: slice.service });
}

function contribution(slice: ServiceSlice, { request: { definition } }: MemberSet): readonly SetMember[] {
  const addresses = slice.endpoints.flatMap((endpoint) => endpoint.addresses);
  if (definition.kind !== "service" || !definition.withPorts)
    return addresses.map((ip) => ({ kind: "net", cidr: hostCidr(ip) }));
  const members: SetMember[] = [];
  for (const { protocol, port } of slice.ports)
    if (port !== undefined) for (const ip of addresses) members.push({ kind: "ip-port", ip, protocol, port });
  return members;
}
