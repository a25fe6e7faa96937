import type { EndpointPort, HostEndpoint, NetworkSet, WorkloadEndpoint } from "../ir/cluster-model.ts";
import type { SetMember } from "../ir/member-list.ts";
import { type Cidr, hostCidr, ipOf } from "../net/cidr.ts";
import type { LabelClass } from "./label-classes.ts";
import { netMember } from "./members.ts";

/** Everything that a selector of a rule can stand for. */
export type LabelledObject = WorkloadEndpoint | HostEndpoint | NetworkSet;

/** One labelled object at its place in the engine. */
export class Item {
  readonly object: LabelledObject;
  readonly labelClass: LabelClass;
  /** Number of the `flush` that put it here: a key that was noted twice is placed once. */
  readonly round: number;
  /** Index among the items of the class, which keeps it. */
  place = 0;

  constructor(object: LabelledObject, labelClass: LabelClass, round: number) {
    this.object = object;
    this.labelClass = labelClass;
    this.round = round;
  }

  /** What it adds to a set of addresses. */
  get nets(): readonly SetMember[] {
    const addresses = addressesOf(this.object);
    const [first] = addresses;
    return first !== undefined && addresses.length === 1 ? netMember(first) : addresses.flatMap(netMember);
  }

  /** What it adds to a set of addresses with a named port. `undefined` = the port of any protocol. */
  namedPort(name: string, protocol: number | undefined): readonly SetMember[] {
    const members: SetMember[] = [];
    for (const port of portsOf(this.object)) {
      if (port.name !== name || (protocol !== undefined && port.protocol !== protocol)) continue;
      for (const ip of addressesOf(this.object))
        members.push({ kind: "ip-port", ip: ipOf(ip), protocol: port.protocol, port: port.port });
    }
    return members;
  }
}

export type LabelledKind = LabelledObject["kind"];
export const LABELLED_KINDS: readonly LabelledKind[] = ["workload-endpoint", "host-endpoint", "network-set"];

/** The two stand for the same addresses and ports: sets need not change. */
export function sameContribution(a: LabelledObject, b: LabelledObject): boolean {
  return sameNets(addressesOf(a), addressesOf(b)) && samePorts(portsOf(a), portsOf(b));
}

function addressesOf(object: LabelledObject): readonly Cidr[] {
  switch (object.kind) {
    case "workload-endpoint":
      return object.addresses;
    case "host-endpoint":
      return object.expectedIps.map(hostCidr);
    case "network-set":
      return object.nets;
  }
}

function portsOf(object: LabelledObject): readonly EndpointPort[] {
  return object.kind === "network-set" ? [] : object.ports;
}

function sameNets(a: readonly Cidr[], b: readonly Cidr[]): boolean {
  return a.length === b.length && a.every((x, i) => x.value === b[i]?.value && x.length === b[i]?.length);
}

function samePorts(a: readonly EndpointPort[], b: readonly EndpointPort[]): boolean {
  return (
    a.length === b.length &&
    a.every((x, i) => x.name === b[i]?.name && x.protocol === b[i]?.protocol && x.port === b[i]?.port)
  );
}
