import type { SourceFile } from "../../compiler/index.ts";
import { parseCidr } from "../../compiler/net/cidr.ts";
import { parseIp } from "../../compiler/net/ip.ts";
import type { ForeignRouter } from "../../compiler/semantics/rib/foreign.ts";
import { Draw } from "../draw.ts";
import { configuration, FILTERS, filters, services } from "./random-policies.ts";
import { type Body, resource } from "./random-resource.ts";

export interface Topology {
  readonly style: string;
  readonly files: readonly SourceFile[];
  readonly routers: readonly ForeignRouter[];
}

interface RandomNode {
  readonly name: string;
  readonly rack: "a" | "b";
  readonly address4: string;
  readonly address6: string | undefined;
  readonly asNumber: number | undefined;
  readonly clusterId: string | undefined;
  readonly index: number;
}

const STYLES = ["mesh", "reflectors", "racks", "mixed"] as const;
type Style = (typeof STYLES)[number];

/** Two to five nodes in one or two subnets, up to two routers outside, peers of every kind, blocks, filters, services. */
export function randomTopology(seed: number): Topology {
  const draw = new Draw(seed);
  const style = draw.one(STYLES);
  const asNumber = draw.one([64512, 65010, 4200000001]);
  const dual = draw.chance(0.5);
  const subnets = draw.integer(1, 2);
  const nodes = draw.list(2, 5, (index) => randomNode(draw, index, style, subnets, dual));
  const routers = draw.list(style === "racks" ? 1 : 0, 2, (index) => router(draw, index));
  const pools = [
    { name: "main", cidr: "10.20.0.0/16", blockSize: 26 },
    { name: "second", cidr: "10.21.0.0/16", blockSize: 26 },
    ...(dual ? [{ name: "six", cidr: "fd20::/48", blockSize: 122 }] : []),
  ];
  const bodies: readonly Body[] = [
    configuration(draw, asNumber, style === "mesh" || style === "mixed"),
    ...filters(draw),
    ...pools.map(({ name, cidr, blockSize }) => pool(draw, name, cidr, blockSize)),
    ...nodes.map(nodeResource),
    ...nodes.flatMap((node) => blocks(draw, node, dual)),
    ...peers(draw, style, nodes, routers),
    ...services(
      draw,
      nodes.map(({ name }) => name),
    ),
  ];
  return {
    style,
    files: [
      { path: `random-${seed}.yaml`, text: bodies.map((body) => JSON.stringify(body)).join("\n---\n") },
    ],
    routers,
  };
}

function randomNode(draw: Draw, index: number, style: Style, subnets: number, dual: boolean): RandomNode {
  const subnet = index % subnets;
  const rack = index % 2 === 0 ? "a" : "b";
  const reflects = style === "reflectors" && index < 2 && (index === 0 || draw.chance(0.6));
  return {
    name: `n${index}`,
    rack,
    index,
    address4: `10.1.${subnet}.${10 + index}/24`,
    address6: dual && draw.chance(0.8) ? `fd01:${subnet}::${10 + index}/64` : undefined,
    asNumber:
      style === "racks" ? (rack === "a" ? 65101 : 65102) : draw.chance(0.12) ? 65200 + index : undefined,
    clusterId:
      reflects || (style === "mixed" && index === 0)
        ? draw.one(["244.0.0.1", "244.0.0.1", `244.0.0.${index + 2}`])
        : undefined,
  };
}

function nodeResource({ name, rack, address4, address6, asNumber, clusterId, index }: RandomNode): Body {
  return resource(
    "Node",
    name,
    {
      bgp: {
        ipv4Address: address4,
        ...(address6 === undefined ? {} : { ipv6Address: address6 }),
        ...(asNumber === undefined ? {} : { asNumber }),
        ...(clusterId === undefined ? {} : { routeReflectorClusterID: clusterId }),
      },
      ipv4VXLANTunnelAddr: `10.20.${index}.1`,
      interfaces: [{ name: "eth0", addresses: [address4, ...(address6 === undefined ? [] : [address6])] }],
      orchRefs: [{ nodeName: name, orchestrator: "k8s" }],
    },
    { rack, ...(clusterId === undefined ? {} : { rr: "yes" }) },
  );
}

function router(draw: Draw, index: number): ForeignRouter {
  const four = `10.1.${index}.${2 + index}`;
  return {
    name: `tor${index}`,
    asNumber: draw.one([65001, 65002, 4200009999]),
    routerId: { version: 4, value: 0x0a010000 + index * 256 + 2 + index },
    interfaces: [
      {
        name: "eth0",
        addresses: [
          { ip: parseIp(four)!, length: 24 },
          { ip: parseIp(`fd01:${index}::2`)!, length: 64 },
        ],
      },
    ],
    gateways: [`10.1.${index}.1`, `fd01:${index}::1`].map((text) => parseIp(text)!),
    announces: draw
      .some(["203.0.113.0/24", "0.0.0.0/0", "2001:db8:9::/48", "10.20.2.0/24"], 0.5)
      .map((text) => parseCidr(text)!),
  };
}

function pool(draw: Draw, name: string, cidr: string, blockSize: number): Body {
  const four = cidr.startsWith("10.");
  const mode = draw.one(["none", "none", "VXLAN", ...(four ? ["IPIP"] : [])]);
  const when = draw.one(["Always", "CrossSubnet"]);
  return resource("IPPool", name, {
    cidr,
    blockSize,
    ...(mode === "VXLAN" ? { vxlanMode: when } : {}),
    ...(mode === "IPIP" ? { ipipMode: when } : {}),
    ...draw.fields(0.15, { disableBGPExport: true }),
  });
}

/** Blocks of a node, and a workload in its first one. */
function blocks(draw: Draw, { name, index }: RandomNode, dual: boolean): readonly Body[] {
  const nets = [
    `10.20.${index}.0/26`,
    ...draw.some([`10.21.${index}.64/26`, ...(dual ? [`fd20::${index + 1}:0/122`] : [])], 0.7),
  ];
  return [
    ...nets.map((cidr) =>
      resource("BlockAffinity", `${name}-${cidr.replaceAll(/[./:]/g, "-")}`, {
        cidr,
        node: name,
        state: draw.one(["confirmed", "confirmed", "confirmed", "pendingDeletion"]),
        type: "host",
      }),
    ),
    {
      apiVersion: "projectcalico.org/v3",
      kind: "WorkloadEndpoint",
      metadata: { name: `${name}-k8s-app--${index}-eth0`, namespace: "default" },
      spec: {
        node: name,
        orchestrator: "k8s",
        pod: `app-${index}`,
        endpoint: "eth0",
        interfaceName: `cali${index}`,
        ipNetworks: [`10.20.${draw.chance(0.8) ? index : index + 1}.${20 + index}/32`],
        profiles: [],
      },
    },
  ];
}

function peers(
  draw: Draw,
  style: Style,
  nodes: readonly RandomNode[],
  routers: readonly ForeignRouter[],
): readonly Body[] {
  const bodies: Body[] = [];
  if (style === "reflectors" || (style === "mixed" && draw.chance(0.7)))
    bodies.push(
      resource("BGPPeer", "to-reflectors", {
        ...draw.one([{ nodeSelector: "all()" }, { nodeSelector: "!has(rr)" }, {}]),
        peerSelector: "has(rr)",
        ...traits(draw, false),
      }),
    );
  if (style === "reflectors" && draw.chance(0.5))
    bodies.push(
      resource("BGPPeer", "between-reflectors", { nodeSelector: "has(rr)", peerSelector: "has(rr)" }),
    );
  for (const [index, { asNumber, interfaces }] of routers.entries()) {
    const rack = draw.chance(0.5) ? { nodeSelector: `rack == '${draw.one(["a", "b"])}'` } : {};
    const address = interfaces[0]!.addresses[draw.chance(0.75) ? 0 : 1]!.ip;
    const peerIP = address.version === 4 ? `10.1.${index}.${2 + index}` : `fd01:${index}::2`;
    bodies.push(
      resource("BGPPeer", `tor-${index}`, {
        ...rack,
        peerIP,
        asNumber,
        ...traits(draw, true),
        ...draw.fields(0.15, {
          localASNumber: 65300,
          numAllowedLocalASNumbers: 1,
        }),
      }),
    );
  }
  for (const node of draw.some(nodes, 0.15)) {
    const other = draw.one(nodes);
    if (other === node || other.asNumber === undefined) continue;
    bodies.push(
      resource("BGPPeer", `pair-${node.name}-${other.name}`, {
        node: node.name,
        peerIP: other.address4.split("/")[0],
        asNumber: other.asNumber,
        ...traits(draw, false),
      }),
    );
  }
  return bodies;
}

function traits(draw: Draw, outside: boolean): Body {
  return draw.fields(0.2, {
    filters: draw.one([[FILTERS[0]], [FILTERS[1]], FILTERS]),
    ...draw.one([{ nextHopMode: draw.one(["Self", "Keep", "Auto"]) }, { keepOriginalNextHop: true }]),
    password: { secretKeyRef: { name: "bgp", key: "peer" } },
    sourceAddress: "None",
    maxRestartTime: "60s",
    keepaliveTime: "30s",
    failureDetectionMode: "BFDIfDirectlyConnected",
    restartMode: "LongLivedGracefulRestart",
    ...(outside ? { ttlSecurity: draw.integer(2, 5) } : {}),
  });
}
