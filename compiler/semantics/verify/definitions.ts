import type { IpSet, IpSetDefinition } from "../../ir/node-ir.ts";
import { type Cidr, cidrOf, IP_VERSIONS } from "../../net/cidr.ts";
import { SCTP, TCP, UDP } from "../condition.ts";
import { type Host, markedSources, ownAddresses } from "../evaluator/host.ts";
import {
  addressesOfService,
  hosts,
  type ModelSet,
  namedPort,
  pools,
  portsOfService,
  selected,
} from "../evaluator/members.ts";

import type { SetContents } from "../simulator/program.ts";

/** The kernel's names for sets are cut at this length (dataplane §5.1). */
const MAX_SET_NAME = 31;

/**
 * What the compiler says that each set of the node means, by the kernel's name. It need not be trusted: the contents
 * of every set are compared with what its definition says.
 */
export function definitionsOf(host: Host, sets: readonly IpSet[]): ReadonlyMap<string, ModelSet> {
  return new Map(
    sets.flatMap(({ id, definition }) =>
      IP_VERSIONS.map((version) => [
        `cali${version}0${id}`.slice(0, MAX_SET_NAME),
        modelSetOf(host, definition),
      ]),
    ),
  );
}

const PROTOCOLS = { tcp: TCP, udp: UDP, sctp: SCTP, any: undefined } as const;

function modelSetOf(host: Host, definition: IpSetDefinition): ModelSet {
  switch (definition.kind) {
    case "selector":
      return selected({ selector: definition.selector });
    case "named-port": {
      const { selector, protocol, port } = definition;
      return namedPort({ selector, notSelector: undefined }, port, PROTOCOLS[protocol]);
    }
    case "service": {
      const { namespace, name, withPorts } = definition;
      return withPorts ? portsOfService({ namespace, name }) : addressesOfService({ namespace, name });
    }
    case "static":
      return staticSet(host, definition.id);
  }
}

function staticSet(host: Host, id: Extract<IpSetDefinition, { kind: "static" }>["id"]): ModelSet {
  const { settings } = host;
  switch (id) {
    case "all-hosts-net":
      return hosts(settings, false);
    case "all-vxlan-net":
      return hosts(settings, true);
    case "network-ip-pools":
      return pools(false);
    case "masq-ipam-pools":
      return pools(true);
    case "this-host":
      return listed("this host", [...ownAddresses(host).filter(({ length }) => length >= 32), LOCALHOST]);
    case "dscp-src-net":
      return listed("sources to mark", markedSources(host));
  }
}

/** Sets hold no network for the host, but the one address. */
const LOCALHOST: Cidr = cidrOf({ version: 4, value: 0x7f00_0001 }, 32);

/** What a set means that nothing in the resources defines, as the files of other resources have them: what it holds. */
export function asItIs(name: string, { nets, triples, withPorts }: SetContents): ModelSet {
  return { key: `set ${name}`, withPorts, meaning: { kind: "listed", nets, triples } };
}

function listed(key: string, nets: readonly Cidr[]): ModelSet {
  return { key, withPorts: false, meaning: { kind: "listed", nets, triples: [] } };
}
