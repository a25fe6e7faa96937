import {
  type LinkState,
  type RoutingChange,
  type RoutingObject,
  type RoutingState,
  routingKey,
  routingObjects,
  standsOn,
} from "../../dataplane/routing.ts";
import { compareCidr } from "../../net/cidr.ts";
import { isSameIp, isSameRoute } from "./canonical.ts";

/**
 * What leads from one state to the other, in the order in which it is safe: devices and what routes need come first,
 * routes are replaced before any is deleted (no destination that stays wanted ever lacks one), and devices go last.
 * Sysctls that nobody wants any more keep their values: what they were before is not known.
 */
export function diffRouting(current: RoutingState, desired: RoutingState): readonly RoutingChange[] {
  const there = Map.groupBy(routingObjects(current), ({ kind }) => kind);
  const wanted = Map.groupBy(routingObjects(desired), ({ kind }) => kind);
  const links = diffObjects(there.get("link") ?? [], wanted.get("link") ?? []);
  const recreated = new Set(
    links.flatMap((change) => (change.op === "recreate" ? routingKey(change.object) : [])),
  );
  // The kernel drops what stands on a device together with it.
  const survives = (object: RoutingObject): boolean => !recreated.has(standsOn(object) ?? "");
  const changes = (kind: RoutingObject["kind"]): readonly RoutingChange[] =>
    diffObjects((there.get(kind) ?? []).filter(survives), wanted.get(kind) ?? []);

  const all = [
    links,
    ...(["address", "neighbour", "fdb", "peer", "route", "rule", "sysctl"] as const).map(changes),
  ];
  return [
    ...all.flat().filter(({ op }) => op !== "delete"),
    // The way back: rules before the table that they look into, devices after all that stands on them.
    ...all
      .toReversed()
      .flat()
      .filter(({ op, object }) => op === "delete" && object.kind !== "sysctl" && !isKernelDevice(object)),
  ];
}

/** `tunl0` belongs to its kernel module; unwanted, it only loses its addresses and routes. */
function isKernelDevice({ kind, value }: RoutingObject): boolean {
  return kind === "link" && value.kind === "ipip";
}

function diffObjects(
  current: readonly RoutingObject[],
  desired: readonly RoutingObject[],
): readonly RoutingChange[] {
  const there = new Map(current.map((object) => [routingKey(object), object]));
  const wanted = new Set(desired.map(routingKey));
  return [
    ...desired.flatMap((object): readonly RoutingChange[] => {
      const was = there.get(routingKey(object));
      if (was === undefined) return [{ op: "add", object }];
      const op = changeOf(object, was);
      return op === undefined ? [] : [{ op, object, was }];
    }),
    ...current
      .filter((object) => !wanted.has(routingKey(object)))
      .map((object) => ({ op: "delete" as const, object })),
  ];
}

/** How to get from `was` to `wanted`, which share their key; `undefined` = they are the same. */
function changeOf(wanted: RoutingObject, was: RoutingObject): "replace" | "recreate" | undefined {
  if (wanted.kind === "link" && was.kind === "link") return linkChange(wanted.value, was.value);
  return isSame(wanted, was) ? undefined : "replace";
}

function isSame(wanted: RoutingObject, was: RoutingObject): boolean {
  switch (wanted.kind) {
    case "address":
      return was.kind === "address" && was.value.scope === wanted.value.scope;
    case "neighbour":
      return was.kind === "neighbour" && was.value.mac === wanted.value.mac;
    case "route":
      return was.kind === "route" && isSameRoute(wanted.value, was.value);
    case "sysctl":
      return was.kind === "sysctl" && was.value.value === wanted.value.value;
    case "peer":
      return was.kind === "peer" && isSamePeer(wanted.value, was.value);
    case "fdb":
      return was.kind === "fdb" && isSameIp(wanted.value.destination, was.value.destination);
    // A rule's key says all; links have a comparison of their own.
    case "link":
    case "rule":
      return true;
  }
}

type Peer = Extract<RoutingObject, { kind: "peer" }>["value"];

function isSamePeer(a: Peer, b: Peer): boolean {
  return (
    isSameIp(a.endpoint, b.endpoint) &&
    a.port === b.port &&
    a.keepAlive === b.keepAlive &&
    a.allowedIps.length === b.allowedIps.length &&
    a.allowedIps.every((cidr, i) => b.allowedIps[i] !== undefined && compareCidr(cidr, b.allowedIps[i]) === 0)
  );
}

/** What the kernel lets one change on a device that exists; everything else takes a new device. */
function linkChange(wanted: LinkState, was: LinkState): "replace" | "recreate" | undefined {
  if (wanted.kind === "other") return undefined;
  if (wanted.kind !== was.kind) return "recreate";
  const isMtuSame = wanted.mtu === undefined || wanted.mtu === was.mtu;
  switch (wanted.kind) {
    case "vxlan": {
      const old = was as typeof wanted;
      const isDeviceSame =
        wanted.vni === old.vni &&
        wanted.port === old.port &&
        wanted.mac === old.mac &&
        isSameIp(wanted.local, old.local) &&
        (wanted.parent === undefined || wanted.parent === old.parent);
      if (!isDeviceSame) return "recreate";
      return isMtuSame ? undefined : "replace";
    }
    case "ipip":
      return isMtuSame ? undefined : "replace";
    case "wireguard": {
      const old = was as typeof wanted;
      const isPortSame = wanted.listenPort === old.listenPort && wanted.mark === old.mark;
      return isMtuSame && isPortSame && old.publicKey !== "" ? undefined : "replace";
    }
  }
}
