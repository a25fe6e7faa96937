import {
  formatAddress,
  formatFdb,
  formatLink,
  formatNeighbour,
  formatPeer,
  formatRoute,
  formatRule,
  formatSysctl,
  formatWireguardInterface,
} from "../backends/routes/format.ts";
import { routesBackend } from "../backends/routes/index.ts";
import {
  BRIDGE_BATCH,
  IP_BATCH,
  IP6_BATCH,
  SYSCTL_CONF,
  WIREGUARD_DIRECTORY,
} from "../backends/routes/print.ts";
import {
  type RoutingObject,
  type RoutingState,
  routingKey,
  routingObjects,
  standsOn,
} from "../dataplane/routing.ts";
import { MAIN_TABLE } from "../ir/routing-ir.ts";
import type { Place, PlaceDiff, PlannedChange, Unchanged } from "./change.ts";
import { reasonOf } from "./reason.ts";

/** What one object of the kernel is in the files: a WireGuard device is in two of them. */
interface Printed extends Place {
  readonly lines: readonly string[];
}

/**
 * Devices, routes, rules and settings that differ. Each file is held against its own, and the back end says which
 * differences the host is changed for; the others are in the files only.
 */
export function routingDiffs(before: RoutingState, after: RoutingState): readonly PlaceDiff[] {
  const done = new Map(routesBackend.diff(before, after).map((change) => [keyOf(change.object), change.op]));
  const recreated = new Set(
    [...done].flatMap(([key, op]) => (op === "recreate" ? key.slice("link ".length) : [])),
  );
  const olds = new Map(routingObjects(before).map((object) => [keyOf(object), object]));
  const news = new Map(routingObjects(after).map((object) => [keyOf(object), object]));
  const places = new Map<string, { readonly place: Place; readonly items: (PlannedChange | Unchanged)[] }>();
  for (const key of new Set([...olds.keys(), ...news.keys()])) {
    const old = olds.get(key);
    const now = news.get(key);
    // With the device goes all that stands on it, and comes back with it.
    const isCarried = [old, now].some(
      (object) => object !== undefined && recreated.has(standsOn(object) ?? ""),
    );
    const isEnforced = done.has(key) || (isCarried && old?.kind !== "link");
    for (const [place, items] of objectItems(old, now, isEnforced, isCarried)) {
      const at = `${place.artifact} ${place.name}`;
      const known = places.get(at);
      if (known === undefined) places.set(at, { place, items: [...items] });
      else known.items.push(...items);
    }
  }
  return [...places.values()]
    .filter(({ items }) => items.some(({ op }) => op !== "same"))
    .map(({ place, items }) => ({ ...place, heading: "", items }));
}

function keyOf(object: RoutingObject): string {
  return `${object.kind} ${routingKey(object)}`;
}

function objectItems(
  old: RoutingObject | undefined,
  now: RoutingObject | undefined,
  isEnforced: boolean,
  isCarried: boolean,
): readonly (readonly [Place, readonly (PlannedChange | Unchanged)[]])[] {
  const was = old === undefined ? [] : printed(old);
  const is = now === undefined ? [] : printed(now);
  const reason = reasonOf(now?.value.note || old?.value.note || "");
  const names = new Map([...was, ...is].map((part) => [`${part.artifact} ${part.name}`, part]));
  const parts = [...names.values()].map(({ lines: _, ...place }) => {
    const linesIn = (side: readonly Printed[]) =>
      side.find(({ artifact, name }) => artifact === place.artifact && name === place.name)?.lines ?? [];
    return { place, gone: linesIn(was), come: linesIn(is) };
  });
  const differs = parts.some(({ gone, come }) => !isSame(gone, come));
  return parts.map(({ place, gone, come }) => {
    // A host may lack what no line says: a device without its private key.
    const isUnsaid = !differs && isEnforced && !isCarried;
    if (isSame(gone, come) && !isUnsaid) return [place, come.map((line) => ({ op: "same", lines: [line] }))];
    const op = gone.length === 0 ? "add" : come.length === 0 ? "remove" : "change";
    const kept = isUnsaid ? [] : come.filter((line) => gone.includes(line));
    const without = (lines: readonly string[]) => lines.filter((line) => !kept.includes(line));
    const change: PlannedChange = {
      ...place,
      op,
      was: without(gone),
      lines: without(come),
      reason,
      ...(isEnforced ? {} : { inFilesOnly: true as const }),
    };
    return [place, [...kept.map((line): Unchanged => ({ op: "same", lines: [line] })), change]];
  });
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i]);
}

function printed(object: RoutingObject): readonly Printed[] {
  const on = (dev: string, lines: readonly string[], artifact = IP_BATCH): readonly Printed[] => [
    { artifact, kind: "device", name: `device ${dev}`, lines },
  ];
  switch (object.kind) {
    case "link": {
      const { value } = object;
      const lines = formatLink(value);
      const own = on(value.name, lines.length > 0 ? lines : [`# ${value.name} of kind ${value.kind}`]);
      if (value.kind !== "wireguard") return own;
      const artifact = `${WIREGUARD_DIRECTORY}${value.name}.conf`;
      return [...own, ...on(value.name, formatWireguardInterface(value), artifact)];
    }
    case "address":
      return on(object.value.dev, [formatAddress(object.value)]);
    case "neighbour":
      return on(object.value.dev, [formatNeighbour(object.value)]);
    case "fdb":
      return on(object.value.dev, [formatFdb(object.value)], BRIDGE_BATCH);
    case "peer": {
      const { dev, publicKey } = object.value;
      const artifact = `${WIREGUARD_DIRECTORY}${dev}.conf`;
      return [
        { artifact, kind: "peer", name: `peer ${publicKey} of ${dev}`, lines: formatPeer(object.value) },
      ];
    }
    case "route": {
      const { table } = object.value;
      const name = table === MAIN_TABLE ? "routes" : `routes of table ${table}`;
      return [{ artifact: IP_BATCH, kind: "routes", name, lines: [formatRoute(object.value)] }];
    }
    case "rule": {
      const artifact = object.value.version === 4 ? IP_BATCH : IP6_BATCH;
      return [{ artifact, kind: "rules", name: "routing rules", lines: [formatRule(object.value)] }];
    }
    case "sysctl":
      return [
        { artifact: SYSCTL_CONF, kind: "settings", name: "settings", lines: [formatSysctl(object.value)] },
      ];
  }
}
