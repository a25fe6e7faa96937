/**
 * Where etcd keeps a resource, and which resource a key is of. Source: the sheet "Storage layout", etcd keys.
 *
 * IPAM has a tree of its own, which is the one that Calico's allocator reads; here its objects have the names that
 * they have as custom resources (a handle keeps its case). The v3 keys `blockaffinities/` and `ipamconfigurations/`,
 * which the allocator neither reads nor writes, are not read here either. Names stand in keys unescaped.
 */
import { DatastoreError } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { CALICO_API_VERSION, CALICO_KINDS, calicoKind, type StoredKind, storedNames } from "../kinds.ts";
import type { Resource, ResourceKey, Selection } from "../resource.ts";
import { keyOf } from "../resource.ts";

const RESOURCES = "/calico/resources/v3/projectcalico.org/";
const IPAM = "/calico/ipam/v2/";
const IPAM_CONFIG = `${IPAM}config`;

const BY_PLURAL: ReadonlyMap<string, StoredKind> = new Map(CALICO_KINDS.map((kind) => [kind.plural, kind]));
const IPAM_KINDS: ReadonlySet<string> = new Set([
  "IPAMBlock",
  "IPAMHandle",
  "BlockAffinity",
  "IPAMConfiguration",
]);

/** The half-open range of keys in which all of a selection is; other keys may lie in it, too. */
export function rangeOf({ apiVersion, kind, namespace }: Selection): {
  readonly start: string;
  readonly end: string;
} {
  const { plural, namespaced } = storedKind(apiVersion, kind);
  switch (kind) {
    case "IPAMBlock":
      return prefixRange(`${IPAM}assignment/`);
    case "IPAMHandle":
      return prefixRange(`${IPAM}handle/`);
    case "BlockAffinity":
      return { start: `${IPAM}host/`, end: prefixRange(`${IPAM}virtual/`).end };
    case "IPAMConfiguration":
      return { start: IPAM_CONFIG, end: `${IPAM_CONFIG}\0` };
    default:
      return prefixRange(
        `${RESOURCES}${plural}/${namespaced && namespace !== undefined ? `${checked(namespace)}/` : ""}`,
      );
  }
}

/** `undefined`: the key is of no resource. */
export function readKey(key: string): ResourceKey | undefined {
  if (key.startsWith(IPAM)) return readIpamKey(key.slice(IPAM.length));
  if (!key.startsWith(RESOURCES)) return undefined;
  const [plural = "", ...rest] = key.slice(RESOURCES.length).split("/");
  const kind = BY_PLURAL.get(plural);
  if (kind === undefined || IPAM_KINDS.has(kind.kind) || rest.length !== (kind.namespaced ? 2 : 1))
    return undefined;
  const [namespace, name] = kind.namespaced ? [rest[0] ?? "", rest[1] ?? ""] : ["", rest[0] ?? ""];
  return { apiVersion: CALICO_API_VERSION, kind: kind.kind, namespace, name };
}

/** The keys that a resource may have, the one to create it under first. Throws invalid for one that it cannot have. */
export function keysOf(key: ResourceKey): readonly string[] {
  const { plural, namespaced } = storedKind(key.apiVersion, key.kind);
  const { kind, name } = key;
  if (namespaced !== (key.namespace !== ""))
    throw invalid(namespaced ? `a ${kind} needs a namespace` : `a ${kind} has no namespace`);
  checked(name);
  switch (kind) {
    case "IPAMBlock": {
      const cidr = cidrOfName(name);
      if (cidr === undefined)
        throw invalid(`${name} is no name of an IPAMBlock: it must be made from a CIDR`);
      return [blockKey(`${IPAM}assignment/`, cidr)];
    }
    case "IPAMHandle":
      return [`${IPAM}handle/${name}`];
    case "IPAMConfiguration":
      if (name !== "default") throw invalid("the only IPAMConfiguration is named default");
      return [IPAM_CONFIG];
    case "BlockAffinity":
      return affinitiesNamed(name).flatMap(({ host, cidr }) =>
        ["host", "virtual"].map((type) => blockKey(`${IPAM}${type}/${host}/`, cidr)),
      );
  }
  const directory = `${RESOURCES}${plural}/${namespaced ? `${checked(key.namespace)}/` : ""}`;
  return storedNames(kind, name).map((stored) => `${directory}${stored}`);
}

/** As `keysOf`, and exact where the resource says more than its name does. */
export function keysOfResource(resource: Resource): readonly string[] {
  const key = keyOf(resource);
  const { spec } = resource;
  if (key.kind === "IPAMBlock" && isJsonObject(spec) && nameOfCidr(String(spec.cidr)) !== key.name)
    throw invalid(`the name of the IPAMBlock of ${spec.cidr} must be ${nameOfCidr(String(spec.cidr))}`);
  if (key.kind !== "BlockAffinity") return keysOf(key);
  if (!isJsonObject(spec) || typeof spec.node !== "string" || typeof spec.cidr !== "string")
    throw invalid("a BlockAffinity needs spec.node and spec.cidr");
  const name = `${spec.node}-${nameOfCidr(spec.cidr)}`;
  if (key.name !== name) throw invalid(`the name of this BlockAffinity must be ${name}`);
  const type = spec.type === "virtual" ? "virtual" : "host";
  return [blockKey(`${IPAM}${type}/${checked(spec.node)}/`, spec.cidr)];
}

/** What the key of an affinity says. */
export function readAffinityKey(
  key: string,
): { readonly type: string; readonly host: string; readonly cidr: string } | undefined {
  const match = /^(host|virtual)\/([^/]+)\/ipv[46]\/block\/([^/]+)$/.exec(key.slice(IPAM.length));
  if (!key.startsWith(IPAM) || match === null) return undefined;
  return { type: match[1]!, host: match[2]!, cidr: cidrOfPart(match[3]!) };
}

function readIpamKey(rest: string): ResourceKey | undefined {
  const named = (kind: string, name: string): ResourceKey => ({
    apiVersion: CALICO_API_VERSION,
    kind,
    namespace: "",
    name,
  });
  if (rest === "config") return named("IPAMConfiguration", "default");
  const block = /^assignment\/ipv[46]\/block\/([^/]+)$/.exec(rest);
  if (block !== null) return named("IPAMBlock", nameOfCidr(cidrOfPart(block[1]!)));
  const handle = /^handle\/([^/]+)$/.exec(rest);
  if (handle !== null) return named("IPAMHandle", handle[1]!);
  const affinity = readAffinityKey(IPAM + rest);
  if (affinity !== undefined) return named("BlockAffinity", `${affinity.host}-${nameOfCidr(affinity.cidr)}`);
  return undefined;
}

/** `10.0.0.0/26` → `10-0-0-0-26`, as custom resources are named. */
function nameOfCidr(cidr: string): string {
  return cidr.replaceAll(/[.:/]/g, "-");
}

/** The reverse: four numbers and a length are IPv4; a shortened IPv6 address has an empty part, a full one eight. */
function cidrOfName(name: string): string | undefined {
  const parts = name.split("-");
  const length = parts.pop();
  if (length === undefined || !/^\d{1,3}$/.test(length)) return undefined;
  if (parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part)))
    return `${parts.join(".")}/${length}`;
  const isIpv6 = parts.length === 8 || (parts.length > 2 && parts.includes(""));
  if (!isIpv6 || parts.length > 9 || !parts.every((part) => /^[0-9a-f]{0,4}$/.test(part))) return undefined;
  return `${parts.join(":")}/${length}`;
}

/** Host names may hold `-` too: every way to cut the name into a host and a CIDR. */
function affinitiesNamed(name: string): readonly { readonly host: string; readonly cidr: string }[] {
  return [...name.matchAll(/-/g)].flatMap(({ index }) => {
    const cidr = cidrOfName(name.slice(index + 1));
    return cidr === undefined || index === 0 ? [] : [{ host: name.slice(0, index), cidr }];
  });
}

function blockKey(directory: string, cidr: string): string {
  return `${directory}${cidr.includes(":") ? "ipv6" : "ipv4"}/block/${cidr.replace("/", "-")}`;
}

function cidrOfPart(part: string): string {
  return part.replace(/-(?=\d+$)/, "/");
}

function storedKind(apiVersion: string, kind: string): StoredKind {
  const stored = apiVersion === CALICO_API_VERSION ? calicoKind(apiVersion, kind) : undefined;
  if (stored === undefined) throw invalid(`etcd keeps no ${kind} of ${apiVersion}`);
  return stored;
}

function checked(part: string): string {
  if (part === "" || part.includes("/") || part.includes("\0"))
    throw invalid(`${JSON.stringify(part)} cannot be a name`);
  return part;
}

function prefixRange(prefix: string): { readonly start: string; readonly end: string } {
  const last = prefix.charCodeAt(prefix.length - 1);
  return { start: prefix, end: prefix.slice(0, -1) + String.fromCharCode(last + 1) };
}

function invalid(reason: string): DatastoreError {
  return new DatastoreError({ kind: "invalid", reason });
}
