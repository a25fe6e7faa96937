/**
 * IPAM objects in the allocator's own JSON, and as the resources that they are with custom resources. The allocator
 * keeps no metadata: labels and annotations of these resources are not stored. Source: the sheet "IPAM block JSON".
 */
import { type Json, type JsonObject, objectOf } from "../json.ts";
import type { Resource, ResourceKey } from "../resource.ts";
import { readAffinityKey } from "./keys.ts";

/** The resource that a value of the IPAM tree stands for; `undefined` for other kinds. */
export function decodeIpam(etcdKey: string, key: ResourceKey, value: JsonObject): JsonObject | undefined {
  const spec = decodeSpec(etcdKey, key, value);
  return spec && { apiVersion: key.apiVersion, kind: key.kind, metadata: { name: key.name }, spec };
}

/** The value of an IPAM resource; `undefined` for other kinds. */
export function encodeIpam({ kind, spec, metadata }: Resource): JsonObject | undefined {
  const fields = objectOf(spec);
  switch (kind) {
    case "IPAMBlock": {
      const { strictAffinity: _, ...stored } = fields;
      return rename(stored, "affinityClaimTime", "affinity_claim_time");
    }
    case "BlockAffinity": {
      const { node: _node, type: _type, cidr: _cidr, ...stored } = fields;
      // A text in the older custom resources.
      return "deleted" in stored ? { ...stored, deleted: String(stored.deleted) === "true" } : stored;
    }
    case "IPAMHandle": {
      const { handleID: _ = metadata.name, ...stored } = fields;
      return stored;
    }
    case "IPAMConfiguration":
      return encodeConfiguration(fields);
    default:
      return undefined;
  }
}

function decodeSpec(etcdKey: string, key: ResourceKey, value: JsonObject): JsonObject | undefined {
  switch (key.kind) {
    case "IPAMBlock":
      return rename(value, "affinity_claim_time", "affinityClaimTime");
    case "BlockAffinity": {
      const place = readAffinityKey(etcdKey);
      return place && { ...value, node: place.host, type: place.type, cidr: place.cidr };
    }
    case "IPAMHandle":
      return { handleID: key.name, ...value };
    case "IPAMConfiguration": {
      const { strict_affinity = false, auto_allocate_blocks = false, ...others } = value;
      return { strictAffinity: strict_affinity, autoAllocateBlocks: auto_allocate_blocks, ...others };
    }
    default:
      return undefined;
  }
}

/** Zero values are left out, so an absent `auto_allocate_blocks` is false, while in the resource it is true. */
function encodeConfiguration(spec: JsonObject): JsonObject {
  const {
    strictAffinity = false,
    autoAllocateBlocks = true,
    maxBlocksPerHost = 0,
    kubeVirtVMAddressPersistence = "",
    ipCooldownSeconds = 0,
    ...others
  } = spec;
  const written = Object.entries({
    strict_affinity: strictAffinity,
    auto_allocate_blocks: autoAllocateBlocks,
    maxBlocksPerHost,
    kubeVirtVMAddressPersistence,
    ipCooldownSeconds,
  }).filter(([, value]) => value !== false && value !== 0 && value !== "" && value !== null);
  return { ...Object.fromEntries(written), ...others };
}

/** Renames a field in its place. */
function rename(object: JsonObject, from: string, to: string): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([field, value]): [string, Json] => [field === from ? to : field, value]),
  );
}
