import {
  type RoutingChange,
  type RoutingObject,
  type RoutingState,
  routesBackend,
  routingKey,
  routingObjects,
  sortRoutingState,
  standsOn,
} from "../../compiler/index.ts";
import { type Merged, mergeByKey, type Three, type Violation } from "./merge.ts";

/**
 * Each device, address, route, … by what the kernel holds at most one of. Sysctls that the plan wants no more, and
 * those that a kernel may lack, need not be as they were: the first keep their values, the others are only tried, and
 * wanted also where this kernel lacks them.
 */
export function mergeRouting(states: Three<RoutingState>): Merged<RoutingState> {
  const [before, after, live] = [states.before, states.after, states.live].map(objectsByKey) as [
    Objects,
    Objects,
    Objects,
  ];
  const planned = new Set([
    ...changedKeys(states.before, states.after),
    // A diff leaves out what needs nothing done: sysctls and the kernel's own device.
    ...[...before.keys()].filter((key) => !after.has(key)),
  ]);
  const isFree = (key: string): boolean => {
    const wanted = after.get(key);
    const object = wanted ?? before.get(key);
    return (
      (object?.kind === "sysctl" && (wanted === undefined || object.value.tolerateFailure)) ||
      (wanted === undefined && object?.kind === "link" && object.value.kind === "ipip")
    );
  };
  const free = [...planned].filter(isFree);
  const bound = new Set([...planned].filter((key) => !isFree(key)));
  const undone = changedKeys(states.live, states.after);
  const merged = mergeByKey(
    { before, after, live },
    { planned: bound, drifted: changedKeys(states.live, states.before), undone },
    (key) => key,
  );
  const objects = new Map(merged.state);
  for (const key of free) {
    const wanted = after.get(key);
    if (wanted === undefined) objects.delete(key);
    else objects.set(key, wanted);
  }
  for (const [key, object] of after)
    if (object.kind === "sysctl" && object.value.tolerateFailure && !live.has(key)) objects.set(key, object);
  const violations = [...merged.violations, ...withoutDevice(objects, before, live)];
  const tried = free.filter((key) => after.has(key));
  return {
    state: stateOf([...objects.values()]),
    planned: merged.planned + tried.length,
    done: merged.done + tried.filter((key) => !undone.has(key)).length,
    violations,
  };
}

type Objects = ReadonlyMap<string, RoutingObject>;

function keyOf(object: RoutingObject): string {
  return `${object.kind} ${routingKey(object)}`;
}

function objectsByKey(state: RoutingState): Objects {
  return new Map(routingObjects(state).map((object) => [keyOf(object), object]));
}

/** Devices apart from what stands on them, which a diff would make anew together with its device. */
function changedKeys(current: RoutingState, desired: RoutingState): ReadonlySet<string> {
  const without = (state: RoutingState): RoutingState => ({ ...state, links: [] });
  const onlyLinks = ({ links }: RoutingState): RoutingState => ({ ...EMPTY, links });
  const changes: readonly RoutingChange[] = [
    ...routesBackend.diff(onlyLinks(current), onlyLinks(desired)),
    ...routesBackend.diff(without(current), without(desired)),
  ];
  return new Set(changes.map(({ object }) => keyOf(object)));
}

const EMPTY: RoutingState = routesBackend.parse([]);

/** What came since the plan was made onto a device of ours that the plan removes, or what it puts onto one that is gone. */
function withoutDevice(objects: Objects, before: Objects, live: Objects): readonly Violation[] {
  return [...objects].flatMap(([key, object]) => {
    const device = standsOn(object);
    const link = `link ${device}`;
    if (device === undefined || objects.has(link)) return [];
    if (live.has(link))
      return [{ object: key, reason: `needs the device ${device}, which the plan removes` }];
    return before.has(link) ? [{ object: key, reason: `needs the device ${device}, which is gone` }] : [];
  });
}

function stateOf(objects: readonly RoutingObject[]): RoutingState {
  const of = <K extends RoutingObject["kind"]>(kind: K) =>
    objects.flatMap((object) => (object.kind === kind ? [object.value] : [])) as Extract<
      RoutingObject,
      { readonly kind: K }
    >["value"][];
  return sortRoutingState({
    links: of("link"),
    addresses: of("address"),
    neighbours: of("neighbour"),
    fdb: of("fdb"),
    rules: of("rule"),
    routes: of("route"),
    sysctls: of("sysctl"),
    peers: of("peer"),
  });
}
