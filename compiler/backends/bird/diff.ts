import {
  type BgpOption,
  type BgpOptionKind,
  type BgpProtocol,
  type BgpTemplate,
  type BirdChange,
  type BirdConfig,
  type BirdProtocol,
  type ChannelPolicy,
  isBgpProtocol,
  type StaticProtocol,
} from "../../dataplane/bird.ts";
import type { FilterStatement } from "../../dataplane/bird-filter.ts";
import { channelOf, templatesOf } from "../../dataplane/bird-session.ts";
import { compareCidr, formatCidr } from "../../net/cidr.ts";

/**
 * What the daemon will do about the difference, per peer, route and filter (routing-bgp.md §4.2).
 * Comments are no difference, and templates and named filters are looked through: a change of either appears at
 * the sessions that it concerns.
 */
export function diffBird(
  current: BirdConfig | undefined,
  desired: BirdConfig | undefined,
): readonly BirdChange[] {
  if (current === undefined || desired === undefined) {
    if (current === desired) return [];
    return [{ kind: "daemon", op: desired === undefined ? "stop" : "start", effect: "restart" }];
  }
  const routines = routineChanges(current, desired);
  return [
    ...globalChanges(current, desired),
    ...infrastructureChanges(current, desired),
    ...staticChanges(current, desired),
    ...routines,
    ...peerChanges(current, desired, new Set(routines.map(({ name }) => name))),
  ];
}

/** Structural equality of plain data, without comments. */
export function sameMeaning(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => sameMeaning(item, b[index]))
    );
  const left = Object.entries(a).filter(([key]) => key !== "comment");
  const right = new Map(Object.entries(b).filter(([key]) => key !== "comment"));
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && sameMeaning(value, right.get(key)))
  );
}

function globalChanges(current: BirdConfig, desired: BirdConfig): readonly BirdChange[] {
  const changes: BirdChange[] = [];
  if (!sameMeaning(current.routerId, desired.routerId))
    changes.push({ kind: "global", field: "router-id", effect: "restart" });
  if (!sameMeaning(current.log, desired.log)) changes.push({ kind: "global", field: "log", effect: "none" });
  return changes;
}

/** Device, direct and kernel: their policies reload, everything else restarts the protocol. */
function infrastructureChanges(current: BirdConfig, desired: BirdConfig): readonly BirdChange[] {
  const before = byName(current.protocols.filter(isInfrastructure));
  const after = byName(desired.protocols.filter(isInfrastructure));
  return keysOf(before, after).flatMap((name): readonly BirdChange[] => {
    const old = before.get(name);
    const now = after.get(name);
    if (old === undefined || now === undefined)
      return [{ kind: "protocol", name, op: old === undefined ? "add" : "remove", effect: "restart" }];
    if (sameMeaning(old, now)) return [];
    return [
      {
        kind: "protocol",
        name,
        op: "change",
        effect: sameMeaning(tracing(old), tracing(now)) ? "none" : "restart",
      },
    ];
  });
}

function isInfrastructure(protocol: BirdProtocol): boolean {
  return ["device", "bfd", "direct", "kernel"].includes(protocol.kind);
}

/** Everything but what the daemon only says about itself. */
function tracing(protocol: BirdProtocol): unknown {
  return { ...protocol, debug: undefined };
}

function staticChanges(current: BirdConfig, desired: BirdConfig): readonly BirdChange[] {
  const before = staticRoutes(current);
  const after = staticRoutes(desired);
  return keysOf(before, after).flatMap((key): readonly BirdChange[] => {
    const old = before.get(key);
    const now = after.get(key);
    if (sameMeaning(old?.route, now?.route)) return [];
    const { protocol, route } = now ?? old ?? {};
    if (protocol === undefined || route === undefined) return [];
    const op = old === undefined ? "add" : now === undefined ? "remove" : "change";
    return [{ kind: "static-route", protocol, cidr: route.cidr, op, effect: "reload" }];
  });
}

function staticRoutes(
  config: BirdConfig,
): ReadonlyMap<string, { protocol: string; route: StaticProtocol["routes"][number] }> {
  const protocols = config.protocols.filter((protocol) => protocol.kind === "static");
  return new Map(
    protocols
      .flatMap(({ name, routes }) => routes.map((route) => ({ protocol: name, route })))
      .sort((a, b) => compareCidr(a.route.cidr, b.route.cidr))
      .map((entry) => [`${entry.protocol} ${formatCidr(entry.route.cidr)}`, entry]),
  );
}

type RoutineChange = Extract<BirdChange, { kind: "routine" }>;

function routineChanges(current: BirdConfig, desired: BirdConfig): readonly RoutineChange[] {
  const before = new Map<string, unknown>([...byName(current.constants), ...byName(current.routines)]);
  const after = new Map<string, unknown>([...byName(desired.constants), ...byName(desired.routines)]);
  return keysOf(before, after).flatMap((name): readonly RoutineChange[] => {
    if (sameMeaning(before.get(name), after.get(name))) return [];
    const op = !before.has(name) ? "add" : !after.has(name) ? "remove" : "change";
    // Which channels reload for it is said at the peers.
    return [{ kind: "routine", name, op, effect: op === "change" ? "reload" : "none" }];
  });
}

function peerChanges(
  current: BirdConfig,
  desired: BirdConfig,
  redefined: ReadonlySet<string>,
): readonly BirdChange[] {
  const before = byName(current.protocols.filter(isBgpProtocol));
  const after = byName(desired.protocols.filter(isBgpProtocol));
  const oldTemplates = templatesOf(current);
  const newTemplates = templatesOf(desired);
  const touched = new Touched(desired, redefined);
  return keysOf(before, after).flatMap((name): readonly BirdChange[] => {
    const old = before.get(name);
    const now = after.get(name);
    if (old === undefined || now === undefined)
      return [
        { kind: "peer", name, op: old === undefined ? "add" : "remove", options: [], effect: "restart" },
      ];
    const oldOptions = optionsOf(old, oldTemplates.get(old.template));
    const newOptions = optionsOf(now, newTemplates.get(now.template));
    const options = keysOf(oldOptions, newOptions).filter(
      (kind) => !sameMeaning(oldOptions.get(kind), newOptions.get(kind)),
    );
    const oldChannel = channelOf(old, oldTemplates.get(old.template));
    const newChannel = channelOf(now, newTemplates.get(now.template));
    const reload =
      !sameMeaning(oldChannel, newChannel) ||
      touched.policy(newChannel.import) ||
      touched.policy(newChannel.export);
    if (options.length === 0 && !reload) return [];
    // What a session can carry is agreed upon when it opens.
    const restart = oldChannel.addPaths !== newChannel.addPaths || options.some(restartsSession);
    const effect = restart ? "restart" : reload ? "reload" : "none";
    return [{ kind: "peer", name, op: "change", options, effect }];
  });
}

/** Everything about a session but what it writes into the log, and who watches its neighbour. */
function restartsSession(kind: BgpOptionKind): boolean {
  return kind !== "debug" && kind !== "bfd";
}

/** Settings in force by kind: the protocol's own over its template's. */
function optionsOf(
  protocol: BgpProtocol,
  template: BgpTemplate | undefined,
): ReadonlyMap<BgpOptionKind, BgpOption> {
  return new Map([...(template?.options ?? []), ...protocol.options].map((option) => [option.kind, option]));
}

/** Whether a policy that reads the same comes to something else, because a routine or constant behind it does. */
class Touched {
  readonly #redefined: ReadonlySet<string>;
  readonly #uses: ReadonlyMap<string, readonly string[]>;
  readonly #known = new Map<string, boolean>();

  constructor(config: BirdConfig, redefined: ReadonlySet<string>) {
    this.#redefined = redefined;
    this.#uses = new Map(config.routines.map(({ name, body }) => [name, namesIn(body)]));
  }

  policy(policy: ChannelPolicy): boolean {
    switch (policy.kind) {
      case "none":
        return false;
      case "filter":
        return this.#name(policy.name);
      case "inline":
        return namesIn(policy.body).some((name) => this.#name(name));
    }
  }

  /** Routines only use earlier ones, so this ends. */
  #name(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const touched =
      this.#redefined.has(name) || (this.#uses.get(name) ?? []).some((used) => this.#name(used));
    this.#known.set(name, touched);
    return touched;
  }
}

/** Every symbol that statements mention: functions and constants (parameters are harmless extras). */
function namesIn(statements: readonly FilterStatement[]): readonly string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const record = value as Readonly<Record<string, unknown>>;
    if (record.kind === "symbol" && typeof record.name === "string") names.add(record.name);
    if (record.kind === "call" && typeof record.function === "string") names.add(record.function);
    Object.values(record).forEach(visit);
  };
  visit(statements);
  return [...names];
}

function byName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}

/** Keys of the desired state in its order, then those that only the current one has. */
function keysOf<K>(current: ReadonlyMap<K, unknown>, desired: ReadonlyMap<K, unknown>): readonly K[] {
  return [...desired.keys(), ...[...current.keys()].filter((key) => !desired.has(key))];
}
