import type { BirdConfig, BirdProtocol, Debug, LogClass, StaticRoute } from "../../dataplane/bird.ts";
import type { FilterFunction } from "../../dataplane/bird-filter.ts";
import type { Report } from "../../diagnostics/bag.ts";
import type { BgpFamily, BgpIr, BgpSpeaker, BgpStatic } from "../../ir/bgp-ir.ts";
import { filterFunction } from "./filter-functions.ts";
import { peerProtocol, peerTemplate } from "./peers.ts";
import { familyConstants, fromKernel, LP_BASE, NAMES, peerRoutines, toKernel } from "./routines.ts";
import { SECRETS_PATTERN } from "./secrets.ts";
import { filterSymbol, isPlainText, isSymbol } from "./symbols.ts";
import { findProblems } from "./validate.ts";

/** Calico's rescan of interfaces and of the kernel's table, in seconds. */
const SCAN_TIME = 2;

/** Nine tenths of a second without a packet are a failure. */
const FAILURE_DETECTION: BirdProtocol = {
  kind: "bfd",
  name: "bfd1",
  interval: 300,
  multiplier: 3,
  comment: "Neighbours on this host's networks: failureDetectionMode.",
};

/** The whole `bird.conf` of one node; `undefined` where no daemon is to run. */
export function emitBird(ir: BgpIr, report: Report): BirdConfig | undefined {
  if (ir.kind === "disabled") return undefined;
  const families = ir.families.filter((family) => inUse(family, ir));
  const speaking = families.filter(({ version }) => ir.peers.some((peer) => peer.version === version));
  const functions = filterFunctions(ir, report);
  const config: BirdConfig = {
    routerId: ir.routerId,
    log: logClasses(ir),
    include: ir.peers.some(({ password }) => password !== undefined) ? SECRETS_PATTERN : undefined,
    constants: [{ kind: "number", name: NAMES.lpBase, value: LP_BASE }, ...families.flatMap(familyConstants)],
    routines: [
      fromKernel(ir),
      ...families.map(toKernel),
      ...speaking.flatMap((family) => peerRoutines(family, ir)),
      ...functions.values(),
    ],
    protocols: [
      ...infrastructure(ir, families, report),
      ...speaking.map(({ version }) => peerTemplate(ir, version)),
      ...ir.peers.map((session) => peerProtocol(session, ir, functions, report)),
    ],
  };
  reportProblems(config, ir, report);
  return config;
}

/** By name; a BGPFilter whose name cannot be BIRD's is reported and has none. */
function filterFunctions(ir: BgpSpeaker, report: Report): ReadonlyMap<string, FilterFunction> {
  const functions = new Map<string, FilterFunction>();
  for (const filter of ir.filters)
    if (isSymbol(filterSymbol(filter))) functions.set(filterSymbol(filter), filterFunction(filter, report));
    else report("bird/unusable-name", { what: "The name of BGPFilter", name: filter.name }, filter.origin);
  return functions;
}

/** A family without address, session and route would be an empty table that the kernel is scanned for. */
function inUse({ version, address, statics }: BgpFamily, ir: BgpSpeaker): boolean {
  return address !== undefined || statics.length > 0 || ir.peers.some((peer) => peer.version === version);
}

function logClasses(ir: BgpSpeaker): readonly LogClass[] | undefined {
  switch (ir.log) {
    case "debug":
      return undefined;
    case "info":
    case "quiet":
      return ["info", "remote", "warning", "error", "auth", "fatal", "bug", "trace"];
    case "off":
      return ["warning", "error", "auth", "fatal", "bug"];
  }
}

function infrastructureDebug(ir: BgpSpeaker): Debug {
  switch (ir.log) {
    case "debug":
      return "all";
    case "info":
    case "quiet":
      return ["states"];
    case "off":
      return [];
  }
}

function infrastructure(
  ir: BgpSpeaker,
  families: readonly BgpFamily[],
  report: Report,
): readonly BirdProtocol[] {
  const debug = infrastructureDebug(ir);
  const versions = families.map(({ version }) => version);
  return [
    { kind: "device", name: "device1", scanTime: SCAN_TIME, debug },
    ...(ir.peers.some(({ bfd }) => bfd) ? [FAILURE_DETECTION] : []),
    ...(versions.length === 0
      ? []
      : [
          {
            kind: "direct" as const,
            name: "direct1",
            comment: "Networks of the host's own interfaces: next hops resolve through them.",
            versions,
            interfaces: directInterfaces(ir, report),
            debug,
          },
        ]),
    ...families.map(
      ({ version, normalPriority }): BirdProtocol => ({
        kind: "kernel",
        name: `kernel${version}`,
        version,
        scanTime: SCAN_TIME,
        metric: normalPriority,
        import: { kind: "filter", name: NAMES.fromKernel },
        export: { kind: "filter", name: NAMES.toKernel(version) },
      }),
    ),
    ...families.flatMap(staticProtocols),
  ];
}

/** The first pattern that fits decides, so the exclusions come first. */
function directInterfaces(
  ir: BgpSpeaker,
  report: Report,
): readonly { readonly pattern: string; readonly negated: boolean }[] {
  const excluded = [...new Set([...ir.ignoredInterfaces, "cali*", ...ir.workloadInterfaces, "kube-ipvs*"])];
  const usable = excluded.filter((name) => {
    if (isPlainText(name)) return true;
    report("bird/unusable-name", { what: "The interface pattern", name }, undefined);
    return false;
  });
  return [...usable.map((pattern) => ({ pattern, negated: true })), { pattern: "*", negated: false }];
}

/** Blocks, services and ways to peers are protocols of their own: filters tell them apart by that. */
function staticProtocols({ version, statics }: BgpFamily): readonly BirdProtocol[] {
  const protocol = (
    name: string,
    comment: string,
    kinds: readonly BgpStatic["kind"][],
  ): readonly BirdProtocol[] => {
    const routes = statics.filter(({ kind }) => kinds.includes(kind)).map(staticRoute);
    return routes.length === 0 ? [] : [{ kind: "static", name, comment, version, routes }];
  };
  return [
    ...protocol(`blocks${version}`, "This node's own blocks.", ["block"]),
    ...protocol(NAMES.services(version), "Service addresses, announced and never installed.", [
      "service-range",
      "service",
    ]),
    ...protocol(`gateways${version}`, "Ways to peers: reachableBy.", ["via"]),
  ];
}

function staticRoute(route: BgpStatic): StaticRoute {
  switch (route.kind) {
    case "block":
      return { cidr: route.cidr, via: undefined };
    case "service-range":
      return { cidr: route.cidr, via: undefined, comment: `${route.range} IPs` };
    case "service":
      return {
        cidr: route.cidr,
        via: undefined,
        comment: route.services.map(({ namespace, name }) => `${namespace}/${name}`).join(", "),
      };
    case "via":
      return { cidr: route.cidr, via: route.gateway, comment: `BGPPeer ${route.peers.join(", ")}` };
  }
}

function reportProblems(config: BirdConfig, ir: BgpSpeaker, report: Report): void {
  const problems = findProblems(config);
  if (problems.length === 0) return;
  const origins = new Map(ir.peers.map(({ name, origin }) => [name, origin]));
  for (const { where, reason } of problems)
    report("bird/invalid-configuration", { where, reason }, origins.get(where));
}
