/**
 * The nodes of etcd have names of their own; on Kubernetes a node is called as there. Source: the sheet "Datastore
 * migration". Beyond Calico's own export the tunnels of IPv6, and peers and host endpoints that name a node, are renamed.
 */
import { isJsonObject, type Json, type JsonObject, objectOf } from "../datastore/json.ts";
import type { Resource } from "../datastore/resource.ts";
import { hostOf, tunnelHandle } from "../ipam/block.ts";

/** Name in etcd → name in Kubernetes. */
export type NodeNames = ReadonlyMap<string, string>;

/** The name that a node has in Kubernetes, if it says one. */
export function kubernetesName({ spec }: Resource): string | undefined {
  const { orchRefs } = objectOf(spec);
  const refs = Array.isArray(orchRefs) ? orchRefs.filter(isJsonObject) : [];
  const { nodeName } = refs.findLast(({ orchestrator }) => orchestrator === "k8s") ?? {};
  return typeof nodeName === "string" && nodeName !== "" ? nodeName : undefined;
}

export function withNodeNames(resource: Resource, names: NodeNames): Resource {
  const renamed = (name: Json | undefined): string | undefined =>
    typeof name === "string" ? names.get(name) : undefined;
  const called = (name: string): Resource => ({ ...resource, metadata: { ...resource.metadata, name } });
  const spec: JsonObject = objectOf(resource.spec);
  const { name } = resource.metadata;
  switch (resource.kind) {
    case "Node":
      return called(names.get(name) ?? name);
    case "FelixConfiguration":
    case "BGPConfiguration": {
      const node = name.startsWith("node.") ? renamed(name.slice("node.".length)) : undefined;
      return node === undefined ? resource : called(`node.${node}`);
    }
    case "BGPPeer":
    case "HostEndpoint": {
      const node = renamed(spec.node);
      return node === undefined ? resource : { ...resource, spec: { ...spec, node } };
    }
    case "BlockAffinity": {
      const node = spec.type === "virtual" ? undefined : renamed(spec.node);
      if (node === undefined) return resource;
      const block = name.slice(String(spec.node).length);
      return { ...called(`${node}${block}`), spec: { ...spec, node } };
    }
    case "IPAMHandle": {
      const handle = renamedHandle(name, names);
      return handle === name ? resource : { ...called(handle), spec: { ...spec, handleID: handle } };
    }
    case "IPAMBlock":
      return { ...resource, spec: withNodesInBlock(spec, names) };
    default:
      return resource;
  }
}

function withNodesInBlock(spec: JsonObject, names: NodeNames): JsonObject {
  const { affinity, attributes } = spec;
  const node = names.get(hostOf(affinity) ?? "");
  return {
    ...spec,
    ...(node === undefined ? {} : { affinity: `host:${node}` }),
    ...(Array.isArray(attributes)
      ? { attributes: attributes.map((one) => (isJsonObject(one) ? withNodesInAttribute(one, names) : one)) }
      : {}),
  };
}

function withNodesInAttribute(attribute: JsonObject, names: NodeNames): JsonObject {
  const { handle_id: handle, secondary } = attribute;
  const node = isJsonObject(secondary) ? names.get(String(secondary.node)) : undefined;
  return {
    ...attribute,
    ...(typeof handle === "string" ? { handle_id: renamedHandle(handle, names) } : {}),
    ...(isJsonObject(secondary) && node !== undefined ? { secondary: { ...secondary, node } } : {}),
  };
}

/** Only handles of tunnel addresses name a node. */
function renamedHandle(handle: string, names: NodeNames): string {
  const found = tunnelHandle(handle);
  const node = found && names.get(found.node);
  return node === undefined ? handle : `${found?.prefix}${node}`;
}
