import { birdBackend } from "../backends/bird/index.ts";
import { routesBackend } from "../backends/routes/index.ts";
import type { BgpOptionKind, BirdEffect, ChangeOperation } from "../dataplane/bird.ts";
import { routingObjects, standsOn } from "../dataplane/routing.ts";
import type { DataplaneState } from "./state.ts";

/** What a change interrupts or shows to traffic on one node beyond being another policy. */
export type Disturbance =
  /** All sessions, and with them the routes that they brought; `change`: the router id is another. */
  | { readonly kind: "bird"; readonly op: "start" | "stop" | "change" }
  | {
      readonly kind: "bgp-session";
      /** The protocol's name. */
      readonly name: string;
      readonly op: ChangeOperation;
      /** `restart`: goes down and up again; `reload`: its routes are filtered anew. */
      readonly effect: Exclude<BirdEffect, "none">;
      /** The settings that differ. */
      readonly options: readonly BgpOptionKind[];
    }
  /** Its addresses, neighbours and routes go with it and are made again. */
  | { readonly kind: "device-recreated"; readonly device: string; readonly carries: number }
  /** Filled under another name, to which the rules switch in their commit. */
  | { readonly kind: "set-versioned"; readonly set: string; readonly members: number }
  /** Its members change while the rules ask it; a packet may meet some of the changes before others. */
  | { readonly kind: "set-in-place"; readonly set: string; readonly members: number }
  /** More than one commit: packets in between meet part of the old and of the new policy. */
  | { readonly kind: "window"; readonly tables: string }
  /** Connections of a removed workload. */
  | { readonly kind: "connections-cut"; readonly address: string };

/** Those that the difference itself tells; what depends on how it is applied is the caller's to add. */
export function disturbancesBetween(before: DataplaneState, after: DataplaneState): readonly Disturbance[] {
  return [...devicesRecreated(before, after), ...sessionsDisturbed(before, after)];
}

function devicesRecreated(before: DataplaneState, after: DataplaneState): readonly Disturbance[] {
  return routesBackend.diff(before.routing, after.routing).flatMap(({ op, object }) => {
    if (op !== "recreate" || object.kind !== "link") return [];
    const device = object.value.name;
    const carried = routingObjects(before.routing).filter((each) => standsOn(each) === device);
    return [{ kind: "device-recreated" as const, device, carries: carried.length - 1 }];
  });
}

function sessionsDisturbed(before: DataplaneState, after: DataplaneState): readonly Disturbance[] {
  return birdBackend.diff(before.bird, after.bird).flatMap((change): readonly Disturbance[] => {
    if (change.kind === "daemon") return [{ kind: "bird", op: change.op }];
    if (change.effect === "none") return [];
    if (change.kind === "global") return [{ kind: "bird", op: "change" }];
    // What routes and routines mean for sessions is said at those.
    if (change.kind !== "peer" && change.kind !== "protocol") return [];
    const { name, op, effect } = change;
    return [{ kind: "bgp-session", name, op, effect, options: change.kind === "peer" ? change.options : [] }];
  });
}
