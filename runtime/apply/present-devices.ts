import {
  type RoutingState,
  routingObjects,
  type ShapingState,
  standsOn,
  targetDevice,
} from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { StepError } from "./errors.ts";

/** Names of all devices, whoever they belong to. */
export async function presentDevices(host: Host): Promise<ReadonlySet<string>> {
  const { code, stdout, stderr } = await host.run("ip", ["-j", "link", "show"]);
  if (code !== 0) throw new StepError("ip link show", stderr.trim());
  const names = [...stdout.matchAll(/"ifname":\s*"([^"]+)"/g)].map(([, name = ""]) => name);
  if (names.length === 0 && stdout.trim() !== "[]") throw new StepError("ip link show", "cannot be read");
  return new Set(names);
}

/** Of the devices that are missing so many are told by name. */
const MOST_NAMED = 3;

/**
 * Throws where something of a state stands on a device that neither the host has nor the state makes: the kernel would
 * refuse it when rules are in place already. The host is asked only about devices on which nothing of ours stands yet.
 */
export async function refuseWithoutDevices(
  host: Host,
  live: RoutingState,
  wanted: RoutingState,
): Promise<void> {
  const known = new Set([
    ...wanted.links.map(({ name }) => name),
    ...routingObjects(live).flatMap((object) => standsOn(object) ?? []),
  ]);
  const needed = new Map<string, string>();
  for (const object of routingObjects(wanted)) {
    const device = standsOn(object);
    if (device !== undefined && !known.has(device)) needed.set(device, object.value.note);
  }
  if (needed.size === 0) return;
  const present = await presentDevices(host);
  const missing = [...needed].filter(([device]) => !present.has(device));
  if (missing.length === 0) return;
  const named = missing.slice(0, MOST_NAMED).map(([device, note]) => `${device} (${note})`);
  const more = missing.length > named.length ? ` and ${missing.length - named.length} more` : "";
  throw new Error(
    `this host has no device ${named.join(", ")}${more}, over which routes shall lead: compile for what is here now`,
  );
}

/**
 * The part of a state that a host can have. After a boot the devices of workloads are gone, and what stands on them
 * comes with them when they are made again.
 */
export function onDevices(state: RoutingState, present: ReadonlySet<string>): RoutingState {
  const made = new Set(state.links.map(({ name }) => name));
  const isThere = (dev: string | undefined): boolean =>
    dev === undefined || present.has(dev) || made.has(dev);
  return {
    ...state,
    addresses: state.addresses.filter(({ dev }) => isThere(dev)),
    neighbours: state.neighbours.filter(({ dev }) => isThere(dev)),
    fdb: state.fdb.filter(({ dev }) => isThere(dev)),
    routes: state.routes.filter(({ target }) => isThere(targetDevice(target))),
    sysctls: state.sysctls.filter(({ key }) => isThere(deviceOfSysctl(key))),
  };
}

/** The limits of workloads that are there. */
export function shapedOn({ shapers }: ShapingState, present: ReadonlySet<string>): ShapingState {
  return { shapers: shapers.filter(({ interfaceName }) => present.has(interfaceName)) };
}

function deviceOfSysctl(key: string): string | undefined {
  const [, dev] = /^net\/ipv[46]\/(?:conf|neigh)\/(.+)\/[^/]+$/.exec(key) ?? [];
  return dev === "all" || dev === "default" ? undefined : dev;
}
