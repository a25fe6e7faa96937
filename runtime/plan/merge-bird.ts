import { type BirdConfig, birdBackend, compareCidr, formatCidr, sameMeaning } from "../../compiler/index.ts";
import { differencesOf, type Merged, mergeByKey, type Three } from "./merge.ts";

const PATH = "bird.conf";

/**
 * Text of `bird.conf`: as it is where the plan leaves it alone, as planned where nothing else has changed, and
 * otherwise made anew from constants, functions and filters, protocols and settings by name, and static routes by
 * prefix. Whether such a file hangs together is BIRD's to say, before it is loaded.
 */
export function mergeBird(texts: Three<string | undefined>, node: string): Merged<string | undefined> {
  const { before, after, live } = texts;
  if (before === after) return { state: live, planned: 0, done: 0, violations: [] };
  if (live === after) return one(after, ["is as planned already"], 1);
  if (live === before) return one(after, [], 0);
  const configs = { before: read(before), after: read(after), live: read(live) };
  if (sameMeaning(configs.before, configs.after)) return { state: live, planned: 0, done: 0, violations: [] };
  if (configs.before === undefined || configs.after === undefined || configs.live === undefined)
    return one(after, ["is not as it was when the plan was made"], 0);
  const merged = mergeConfigs(configs as Three<BirdConfig>);
  const text = birdBackend.print(merged.state, node).find(({ path }) => path === PATH)?.text;
  return { ...merged, state: text };
}

/** Whether two files differ in comments and order of lines at most. */
export function isSameBird(a: string | undefined, b: string | undefined): boolean {
  return a === b || sameMeaning(read(a), read(b));
}

function read(text: string | undefined): BirdConfig | undefined {
  return text === undefined ? undefined : birdBackend.parse([{ path: PATH, text }]);
}

function one(text: string | undefined, reasons: readonly string[], done: number): Merged<string | undefined> {
  return { state: text, planned: 1, done, violations: reasons.map((reason) => ({ object: PATH, reason })) };
}

function mergeConfigs(configs: Three<BirdConfig>): Merged<BirdConfig> {
  const settings = mergeMap<unknown>(configs, (config) => [
    ["router id", config.routerId],
    ["log", config.log],
    ["include", config.include],
  ]);
  const constants = mergeMap(configs, (config) =>
    config.constants.map((item) => [`constant ${item.name}`, item]),
  );
  const routines = mergeMap(configs, (config) =>
    config.routines.map((item) => [`function ${item.name}`, item]),
  );
  const protocols = mergeMap(configs, ({ protocols: items }) =>
    items.map((item) => [`protocol ${item.name}`, item.kind === "static" ? { ...item, routes: [] } : item]),
  );
  const routes = mergeRoutes(configs);
  const state: BirdConfig = {
    routerId: settings.state.get("router id") as BirdConfig["routerId"],
    log: settings.state.get("log") as BirdConfig["log"],
    include: settings.state.get("include") as BirdConfig["include"],
    constants: [...constants.state.values()],
    routines: [...routines.state.values()],
    protocols: [...protocols.state.values()].map((item) =>
      item.kind === "static" ? { ...item, routes: routes.byProtocol.get(item.name) ?? [] } : item,
    ),
  };
  const parts = [settings, constants, routines, protocols, routes];
  return {
    state,
    planned: parts.reduce((sum, { planned }) => sum + planned, 0),
    done: parts.reduce((sum, { done }) => sum + done, 0),
    violations: parts.flatMap(({ violations }) => violations),
  };
}

function mergeMap<T>(
  { before, after, live }: Three<BirdConfig>,
  read: (config: BirdConfig) => readonly (readonly [string, T])[],
): Merged<ReadonlyMap<string, T>> {
  const maps = { before: new Map(read(before)), after: new Map(read(after)), live: new Map(read(live)) };
  const merged = mergeByKey(maps, differencesOf(maps, sameMeaning), (key) => `${PATH} ${key}`);
  return { ...merged, state: inOrder(merged.state, [...maps.after.keys()], [...maps.live.keys()]) };
}

/** Things in the order of `after`, and those that only `live` has each behind the one that it follows there. */
function inOrder<T>(
  items: ReadonlyMap<string, T>,
  after: readonly string[],
  live: readonly string[],
): ReadonlyMap<string, T> {
  const order = after.filter((key) => items.has(key));
  for (const [index, key] of live.entries()) {
    if (!items.has(key) || order.includes(key)) continue;
    const previous = live.slice(0, index).findLast((other) => order.includes(other));
    order.splice(previous === undefined ? 0 : order.indexOf(previous) + 1, 0, key);
  }
  return new Map(order.flatMap((key) => (items.has(key) ? [[key, items.get(key) as T]] : [])));
}

type StaticRoute = Extract<BirdConfig["protocols"][number], { readonly kind: "static" }>["routes"][number];

interface OwnedRoute {
  readonly protocol: string;
  readonly route: StaticRoute;
}

function mergeRoutes(configs: Three<BirdConfig>): Omit<Merged<unknown>, "state"> & {
  readonly byProtocol: ReadonlyMap<string, readonly StaticRoute[]>;
} {
  const merged = mergeMap(configs, ({ protocols }) =>
    protocols.flatMap((protocol) =>
      protocol.kind === "static"
        ? protocol.routes.map((route): readonly [string, OwnedRoute] => [
            `static route ${formatCidr(route.cidr)} of ${protocol.name}`,
            { protocol: protocol.name, route },
          ])
        : [],
    ),
  );
  const groups = Map.groupBy(merged.state.values(), ({ protocol }) => protocol);
  const sorted = [...groups].map(
    ([protocol, routes]) =>
      [protocol, routes.map(({ route }) => route).sort((a, b) => compareCidr(a.cidr, b.cidr))] as const,
  );
  return {
    planned: merged.planned,
    done: merged.done,
    violations: merged.violations,
    byProtocol: new Map(sorted),
  };
}
