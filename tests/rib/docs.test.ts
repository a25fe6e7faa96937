import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { ROOT } from "../fixtures.ts";
import { type Body, resource } from "./random-resource.ts";

/** One row of the tables in docs/networking.md. */
interface Row {
  readonly kind: string;
  readonly field: string;
  readonly example: string;
  readonly lines: readonly string[];
  readonly file: string;
}

function rowsOf(text: string): readonly Row[] {
  let kind = "";
  return text.split("\n").flatMap((line) => {
    kind = /^## (\w+)$/.exec(line)?.[1] ?? kind;
    const [, field, example, gives, file] = line.split(" | ").length === 4 ? ["", ...line.split(" | ")] : [];
    if (field === undefined || !example?.startsWith("`")) return [];
    const spans = (cell = ""): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
    return [
      {
        kind,
        field: field.replace("| ", ""),
        example: spans(example)[0]!,
        lines: spans(gives),
        file: file!.replace(" |", ""),
      },
    ];
  });
}

const rows = rowsOf(readFileSync(join(ROOT, "docs/networking.md"), "utf8"));

const node = (name: string, rack: string, address: string, tunnel: string): Body =>
  resource(
    "Node",
    name,
    {
      bgp: { ipv4Address: `${address}/24`, ipv4IPIPTunnelAddr: tunnel },
      ipv4VXLANTunnelAddr: tunnel,
      interfaces: [{ name: "eth0", addresses: [address] }],
      orchRefs: [{ nodeName: name, orchestrator: "k8s" }],
    },
    { rack },
  );
const block = (cidr: string, owner: string): Body =>
  resource("IPAMBlock", cidr.replaceAll(/[./]/g, "-"), {
    cidr,
    affinity: `host:${owner}`,
    allocations: new Array(64).fill(null),
    unallocated: Array.from({ length: 64 }, (_, ordinal) => ordinal),
    attributes: [],
  });

/** The cluster that examples are tried on. */
function cluster(): readonly Body[] {
  return [
    resource("BGPConfiguration", "default", { nodeToNodeMeshEnabled: false }),
    resource("FelixConfiguration", "default", { bpfEnabled: false }),
    resource("IPPool", "pods", { cidr: "10.1.0.0/16", blockSize: 26 }),
    resource("BGPPeer", "router", { peerIP: "10.0.0.254", asNumber: 65001 }),
    resource("BGPFilter", "example", {
      importV4: [{ action: "Accept", cidr: "10.7.0.0/16", matchOperator: "Equal" }],
    }),
    node("n1", "a", "10.0.0.1", "10.1.0.0"),
    node("n2", "a", "10.0.0.2", "10.1.0.64"),
    node("n3", "b", "10.9.0.3", "10.1.0.128"),
    block("10.1.0.0/26", "n1"),
    block("10.1.0.64/26", "n2"),
    {
      apiVersion: "projectcalico.org/v3",
      kind: "WorkloadEndpoint",
      metadata: { name: "n1-k8s-app-eth0", namespace: "default" },
      spec: {
        node: "n1",
        orchestrator: "k8s",
        pod: "app",
        endpoint: "eth0",
        interfaceName: "cali1",
        ipNetworks: ["10.1.0.5/32"],
        profiles: [],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default" },
      spec: {
        type: "LoadBalancer",
        clusterIP: "10.96.0.9",
        clusterIPs: ["10.96.0.9"],
        ipFamilies: ["IPv4"],
        ports: [{ port: 80, protocol: "TCP" }],
      },
      status: { loadBalancer: { ingress: [{ ip: "198.51.102.9" }] } },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "web-1", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      ports: [{ port: 80, protocol: "TCP" }],
      endpoints: [{ addresses: ["10.1.0.5"], conditions: { ready: true }, nodeName: "n1" }],
    },
  ];
}

/** The cluster with an example's fields in the resource of its kind. */
function withExample({ kind, example }: Row): readonly Body[] {
  const fields = load(example) as Body;
  return cluster().map((body) => {
    const name = (body.metadata as { name: string }).name;
    if (kind === "BGPFilter" && body.kind === "BGPPeer") return merged(body, { filters: ["example"] });
    if (body.kind !== kind || (kind === "Node" && name !== "n1")) return body;
    return merged(body, kind === "BGPFilter" ? { importV4: [fields] } : fields);
  });
}

function merged(body: Body, fields: Body): Body {
  const spec = body.spec as Body;
  const { bgp } = fields;
  const both = {
    ...spec,
    ...fields,
    ...(bgp === undefined ? {} : { bgp: { ...(spec.bgp as Body), ...(bgp as Body) } }),
  };
  return { ...body, spec: Object.fromEntries(Object.entries(both).filter(([, value]) => value !== null)) };
}

function fileOf(bodies: readonly Body[], path: string): string {
  const text = bodies.map((body) => JSON.stringify(body)).join("\n---\n");
  const { nodes } = compile([{ path: "docs.yaml", text }], {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
  });
  const artifacts = nodes.find((one) => one.node === "n1")?.artifacts;
  expect(artifacts).toBeDefined();
  return artifacts!.find((artifact) => artifact.path === path)?.text ?? "";
}

describe("docs/networking.md", () => {
  test("has a row for many fields of each kind", () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(new Set(rows.map(({ kind }) => kind)).size).toBe(6);
  });

  test.each(rows.map((row) => ({ ...row, title: `${row.kind} ${row.field}` })))("$title", (row) => {
    // What a rule of a filter gives is compared with another rule in its place.
    const without =
      row.kind === "BGPFilter"
        ? { ...row, example: "{ action: Accept, cidr: 10.7.0.0/16, matchOperator: Equal }" }
        : undefined;
    const before = fileOf(without === undefined ? cluster() : withExample(without), row.file);
    const after = fileOf(withExample(row), row.file);
    const count = (text: string, line: string): number => text.split(line).length;
    expect(row.lines.length).toBeGreaterThan(0);
    for (const line of row.lines)
      expect({ line, more: count(after, line) > count(before, line) }).toEqual({ line, more: true });
  });
});
