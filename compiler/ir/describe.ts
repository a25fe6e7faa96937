import type { IpSetDefinition, StaticSetId } from "./node-ir.ts";

const STATIC: Readonly<Record<StaticSetId, string>> = {
  "network-ip-pools": "networks of all IP pools",
  "masq-ipam-pools": "networks of the NAT-outgoing IP pools",
  "this-host": "addresses of this host",
  "all-hosts-net": "addresses of all nodes",
  "all-vxlan-net": "addresses from which VXLAN packets may come",
  "dscp-src-net": "addresses of endpoints with a DSCP mark",
};

/** What a set holds, in words, for comments in artifacts. */
export function describeSet(definition: IpSetDefinition): string {
  switch (definition.kind) {
    case "selector":
      return `addresses of ${definition.selector.canonical}`;
    case "named-port": {
      const protocol = definition.protocol === "any" ? "" : ` (${definition.protocol})`;
      return `port ${definition.port}${protocol} of ${definition.selector.canonical}`;
    }
    case "service": {
      const what = definition.withPorts ? "addresses and ports" : "addresses";
      return `${what} of service ${definition.namespace}/${definition.name}`;
    }
    case "static":
      return STATIC[definition.id];
    default:
      return definition satisfies never;
  }
}
