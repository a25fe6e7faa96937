/**
 * The columns of tables. Source: the templates of `calicoctl/calicoctl/resourcemgr/*.go` (the sheet, "Kinds, aliases,
 * columns"). Values read as Go prints them: an absent pointer is `<nil>`, an absent number 0, an order of 1000000 1e+06.
 */
import { isJsonObject, type Json, type JsonObject } from "../../runtime/datastore/json.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { goFloat, goItems, goText, truncated } from "./go-values.ts";
import { DEFAULT_TIER_ORDER } from "./tiers.ts";

/** What a cell may ask besides the resource: the AS number of the cluster. */
export interface TableContext {
  readonly asNumber: string;
}

type Cell = (resource: Resource, context: TableContext) => string;

interface Columns {
  readonly ps: readonly string[];
  readonly wide: readonly string[];
  readonly cells: Readonly<Record<string, Cell>>;
}

const WIDEST_LIST = 80;

const name: Cell = ({ metadata }) => metadata.name;
const plain =
  (path: string, absent = ""): Cell =>
  (resource) =>
    goText(at(resource, path), absent);
const pointer = (path: string) => plain(path, "<nil>");
const list =
  (path: string, longest = Number.POSITIVE_INFINITY): Cell =>
  (resource) =>
    truncated(goItems(at(resource, path)).join(","), longest);
const order =
  (absent: string): Cell =>
  (resource) => {
    const value = at(resource, "spec.order");
    return typeof value === "number" ? goFloat(value) : goText(value, absent);
  };
const count =
  (path: string): Cell =>
  (resource) => {
    const value = at(resource, path);
    return String(Array.isArray(value) ? value.length : 0);
  };

const POLICY: Columns = {
  ps: ["NAME", "TIER"],
  wide: ["NAME", "TIER", "ORDER", "SELECTOR"],
  cells: {
    NAME: name,
    TIER: plain("spec.tier", "default"),
    ORDER: order("<nil>"),
    SELECTOR: plain("spec.selector"),
  },
};

const NAME_ONLY: Columns = { ps: ["NAME"], wide: ["NAME"], cells: { NAME: name } };

const COLUMNS: Readonly<Record<string, Columns>> = {
  BGPConfiguration: same(["NAME", "LOGSEVERITY", "MESHENABLED", "ASNUMBER"], {
    NAME: name,
    LOGSEVERITY: plain("spec.logSeverityScreen"),
    MESHENABLED: plain("spec.nodeToNodeMeshEnabled", "-"),
    ASNUMBER: plain("spec.asNumber", "-"),
  }),
  BGPFilter: same(["NAME", "NUMEXPORTV4", "NUMIMPORTV4", "NUMEXPORTV6", "NUMIMPORTV6"], {
    NAME: name,
    NUMEXPORTV4: count("spec.exportV4"),
    NUMIMPORTV4: count("spec.importV4"),
    NUMEXPORTV6: count("spec.exportV6"),
    NUMIMPORTV6: count("spec.importV6"),
  }),
  BGPPeer: same(["NAME", "PEERIP", "NODE", "ASN"], {
    NAME: name,
    PEERIP: plain("spec.peerIP"),
    NODE: (resource) =>
      goText(at(resource, "spec.node"), "") || goText(at(resource, "spec.nodeSelector"), "") || "(global)",
    ASN: plain("spec.asNumber", "0"),
  }),
  CalicoNodeStatus: {
    ps: ["NAME", "NODE"],
    wide: ["NAME", "NODE", "CLASSES"],
    cells: { NAME: name, NODE: plain("spec.node"), CLASSES: list("spec.classes") },
  },
  ClusterInformation: same(["NAME", "CLUSTERGUID", "CLUSTERTYPE", "CALICOVERSION", "DATASTOREREADY"], {
    NAME: name,
    CLUSTERGUID: plain("spec.clusterGUID"),
    CLUSTERTYPE: plain("spec.clusterType"),
    CALICOVERSION: plain("spec.calicoVersion"),
    DATASTOREREADY: pointer("spec.datastoreReady"),
  }),
  FelixConfiguration: NAME_ONLY,
  GlobalNetworkPolicy: POLICY,
  GlobalNetworkSet: nets("NETS", "spec.nets"),
  HostEndpoint: {
    ps: ["NAME", "NODE"],
    wide: ["NAME", "NODE", "INTERFACE", "IPS", "PROFILES"],
    cells: {
      NAME: name,
      NODE: plain("spec.node"),
      INTERFACE: plain("spec.interfaceName"),
      IPS: list("spec.expectedIPs"),
      PROFILES: list("spec.profiles"),
    },
  },
  IPAMConfiguration: {
    ps: ["NAME", "STRICTAFFINITY", "AUTOALLOCATEBLOCKS"],
    wide: ["NAME", "STRICTAFFINITY", "AUTOALLOCATEBLOCKS", "MAXBLOCKSPERHOST"],
    cells: {
      NAME: name,
      STRICTAFFINITY: plain("spec.strictAffinity", "false"),
      AUTOALLOCATEBLOCKS: plain("spec.autoAllocateBlocks", "false"),
      MAXBLOCKSPERHOST: plain("spec.maxBlocksPerHost", "0"),
    },
  },
  IPPool: {
    ps: ["NAME", "CIDR", "SELECTOR"],
    wide: [
      ...["NAME", "CIDR", "NAT", "IPIPMODE", "VXLANMODE", "DISABLED", "DISABLEBGPEXPORT", "SELECTOR"],
      "ASSIGNMENTMODE",
    ],
    cells: {
      NAME: name,
      CIDR: plain("spec.cidr"),
      NAT: plain("spec.natOutgoing", "false"),
      IPIPMODE: plain("spec.ipipMode", "Never"),
      VXLANMODE: plain("spec.vxlanMode", "Never"),
      DISABLED: plain("spec.disabled", "false"),
      DISABLEBGPEXPORT: plain("spec.disableBGPExport", "false"),
      SELECTOR: plain("spec.nodeSelector", "all()"),
      ASSIGNMENTMODE: plain("spec.assignmentMode", "Automatic"),
    },
  },
  IPReservation: nets("CIDRS", "spec.reservedCIDRs"),
  KubeControllersConfiguration: NAME_ONLY,
  NetworkPolicy: POLICY,
  NetworkSet: nets("NETS", "spec.nets"),
  Node: {
    ps: ["NAME"],
    wide: ["NAME", "ASN", "IPV4", "IPV6"],
    cells: {
      NAME: name,
      ASN: (resource, { asNumber }) =>
        at(resource, "spec.bgp") === undefined
          ? ""
          : goText(at(resource, "spec.bgp.asNumber"), `(${asNumber})`),
      IPV4: plain("spec.bgp.ipv4Address"),
      IPV6: plain("spec.bgp.ipv6Address"),
    },
  },
  Profile: {
    ps: ["NAME"],
    wide: ["NAME", "LABELS"],
    cells: { NAME: name, LABELS: list("spec.labelsToApply") },
  },
  StagedGlobalNetworkPolicy: POLICY,
  StagedKubernetesNetworkPolicy: {
    ps: ["NAME"],
    wide: ["NAME", "PODSELECTOR"],
    cells: { NAME: name, PODSELECTOR: labelSelector },
  },
  StagedNetworkPolicy: POLICY,
  // A list of Calico's client says what a tier without an order has.
  Tier: same(["NAME", "ORDER"], { NAME: name, ORDER: order(goFloat(DEFAULT_TIER_ORDER)) }),
  WorkloadEndpoint: {
    ps: ["WORKLOAD", "NODE", "NETWORKS", "INTERFACE"],
    wide: ["NAME", "WORKLOAD", "NODE", "NETWORKS", "INTERFACE", "PROFILES", "NATS"],
    cells: {
      NAME: name,
      NODE: plain("spec.node"),
      ORCHESTRATOR: plain("spec.orchestrator"),
      WORKLOAD: (resource) =>
        goText(at(resource, "spec.workload"), "") || goText(at(resource, "spec.pod"), ""),
      NETWORKS: list("spec.ipNetworks"),
      NATS: list("spec.ipNATs"),
      PROFILES: list("spec.profiles"),
      INTERFACE: plain("spec.interfaceName"),
    },
  },
};

/** All columns of a kind, each by its heading. */
export function columnsOf(kind: string, namespaced: boolean): Columns {
  const columns = COLUMNS[kind] ?? NAME_ONLY;
  if (!namespaced) return columns;
  const namespace: Cell = ({ metadata }) =>
    typeof metadata.namespace === "string" ? metadata.namespace : "";
  return { ...columns, cells: { ...columns.cells, NAMESPACE: namespace } };
}

function same(headings: readonly string[], cells: Columns["cells"]): Columns {
  return { ps: headings, wide: headings, cells };
}

function nets(heading: string, path: string): Columns {
  return {
    ps: ["NAME"],
    wide: ["NAME", heading],
    cells: { NAME: name, [heading]: list(path, WIDEST_LIST) },
  };
}

/** Go would print the fields of the structure here; this is how kubectl writes such a selector. */
function labelSelector(resource: Resource): string {
  const selector = at(resource, "spec.podSelector");
  if (!isJsonObject(selector)) return "";
  const expressions = Array.isArray(selector.matchExpressions) ? (selector.matchExpressions as Json[]) : [];
  return [
    ...goItems(selector.matchLabels),
    ...expressions.filter(isJsonObject).map(({ key, operator, values }) => {
      const operand = goItems(values);
      return `${key} ${operator}${operand.length === 0 ? "" : ` (${operand.join(",")})`}`;
    }),
  ].join(",");
}

function at(resource: Resource, path: string): Json | undefined {
  let value: Json | undefined = resource;
  for (const field of path.split(".")) value = isJsonObject(value) ? (value as JsonObject)[field] : undefined;
  return value ?? undefined;
}
