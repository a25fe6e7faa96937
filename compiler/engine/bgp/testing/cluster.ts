import type { Report } from "../../../diagnostics/bag.ts";
import type { Origin } from "../../../diagnostics/diagnostic.ts";
import type { BgpSession, BgpSpeaker } from "../../../ir/bgp-ir.ts";
import type { BgpFilterRule } from "../../../ir/bgp-model.ts";
import type { ClusterModel, ModelKind, ModelObject, ModelOf, Node } from "../../../ir/cluster-model.ts";
import { DEFAULT_FELIX_SETTINGS, type FelixSettings } from "../../../ir/felix-config.ts";
import { ip, node, speaker } from "../../../ir/testing/objects.ts";
import { SortedMap } from "../../sorted-map.ts";
import { prepareBgp, resolveNodeBgp } from "../resolve.ts";

/** A whole cluster as a model, without any engine behind it. */
export function modelOf(objects: readonly ModelObject[]): ClusterModel {
  return {
    all: <K extends ModelKind>(kind: K): ReadonlyMap<string, ModelOf<K>> => {
      const ofKind = new SortedMap<ModelOf<K>>();
      for (const object of objects) if (object.kind === kind) ofKind.set(object.key, object as ModelOf<K>);
      return ofKind;
    },
  };
}

export interface Finding {
  readonly code: string;
  readonly path: string;
  readonly params: unknown;
}

export interface Resolved {
  readonly speakers: ReadonlyMap<string, BgpSpeaker>;
  readonly findings: readonly Finding[];
}

/** Every node of a cluster, resolved, with what was reported. */
export function resolveCluster(
  objects: readonly ModelObject[],
  felix: Partial<FelixSettings> = {},
): Resolved {
  const findings: Finding[] = [];
  const report: Report = (code, params, origin: Origin | undefined) => {
    findings.push({ code, path: origin?.path.join(".") ?? "", params });
  };
  const model = modelOf(objects);
  const cluster = prepareBgp(model, report);
  const speakers = new Map<string, BgpSpeaker>();
  for (const object of model.all("node").values()) {
    const ir = resolveNodeBgp(cluster, object, { ...DEFAULT_FELIX_SETTINGS, ...felix }, report);
    if (ir.kind === "speaker") speakers.set(object.name, ir);
  }
  return { speakers, findings };
}

export function speakerOf(
  objects: readonly ModelObject[],
  name: string,
  felix: Partial<FelixSettings> = {},
): BgpSpeaker {
  const speaker = resolveCluster(objects, felix).speakers.get(name);
  if (speaker === undefined) throw new Error(`${name} has no speaker`);
  return speaker;
}

export function sessionOf(objects: readonly ModelObject[], name: string, session: string): BgpSession {
  const peers = speakerOf(objects, name).peers;
  const found = peers.find((peer) => peer.name === session);
  if (found === undefined) throw new Error(`${name} has ${peers.map((peer) => peer.name).join(", ")}`);
  return found;
}

export function sessionNames(objects: readonly ModelObject[], name: string): readonly string[] {
  return speakerOf(objects, name).peers.map((peer) => peer.name);
}

interface GivenNode {
  readonly labels?: Readonly<Record<string, string>>;
  readonly as?: number;
  readonly v6?: string;
  readonly cluster?: string;
}

/** A BGP node with an address `10.0.0.x/24`-like, and whatever else is given. */
export function bgpNode(name: string, address: string | undefined, given: GivenNode = {}): Node {
  const base = speaker(address ?? given.v6 ?? "10.0.0.1");
  return node(name, {
    labels: given.labels ?? {},
    bgp: {
      ...base,
      asNumber: given.as,
      ipv6: given.v6 === undefined ? base.ipv6 : { ip: ip(given.v6), length: 64 },
      routeReflectorClusterId: given.cluster,
    },
  });
}

/** A rule of a BGPFilter that accepts everything, and whatever else is given. */
export function filterRule(given: Partial<BgpFilterRule> = {}): BgpFilterRule {
  return {
    action: "accept",
    cidr: undefined,
    matchOperator: undefined,
    prefixLength: undefined,
    remotePeersOnly: false,
    interfaceGlob: undefined,
    peerType: undefined,
    community: undefined,
    asPathPrefix: [],
    priority: undefined,
    operations: [],
    origin: { file: "test.yaml", document: 0, path: ["rule"] },
    ...given,
  };
}
