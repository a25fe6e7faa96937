import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixtureSteps } from "../../../tests/fixtures.ts";
import { type Compilation, compile, DEFAULT_FEATURES, type SourceFile } from "../../index.ts";
import type { Ip } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { Evaluator } from "../../semantics/evaluator/evaluate.ts";
import { Host } from "../../semantics/evaluator/host.ts";
import type { Packet } from "../../semantics/packet.ts";
import { diffFlows, type FlowDiff } from "./flow-diff.ts";

const FEW = { changes: 10, setsPerChange: 5 };
const ALL = { changes: 1000, setsPerChange: 20 };

function compiled(files: readonly SourceFile[]): Compilation {
  return compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
}

function fixture(name: string): readonly SourceFile[] {
  return fixtureSteps().find((step) => step.name === name)!.files;
}

function hostsOf({ model, nodes }: Compilation): ReadonlyMap<string, Host> {
  return new Map(nodes.map(({ node, ir }) => [node, new Host(model, ir.settings, node)]));
}

/** The diff of every node, by name. */
function diffs(before: Compilation, after: Compilation, limits = FEW): ReadonlyMap<string, FlowDiff> {
  const old = hostsOf(before);
  return new Map([...hostsOf(after)].map(([node, host]) => [node, diffFlows(old.get(node)!, host, limits)]));
}

function replaced(files: readonly SourceFile[], change: (text: string) => string): readonly SourceFile[] {
  const made = files.map((file) => ({ ...file, text: change(file.text) }));
  expect(made).not.toEqual(files);
  return made;
}

describe("the quickstart's edit", () => {
  test("opens one port from one network to each backend, and nothing else", () => {
    const found = diffs(compiled(fixture("quickstart/1")), compiled(fixture("quickstart/2")));
    const one = (values: readonly string[]) => ({ values, allBut: false });
    const opened = (node: string, pod: string, address: string) =>
      expect(found.get(node)).toMatchObject({
        isEqual: false,
        totals: { allowed: 1, denied: 0, appears: 0, vanishes: 0 },
        changes: [
          {
            becomes: "allowed",
            version: 4,
            from: { names: ["outside"] },
            to: { names: [pod] },
            ways: ["direct", "redirected"],
            packets: [
              {
                protocol: one(["tcp"]),
                source: one(["192.0.2.0/24"]),
                destination: one([address]),
                destinationPort: one(["9090"]),
              },
            ],
            morePackets: 0,
            example: { protocol: "tcp", source: "192.0.2.1", destination: address, destinationPort: 9090 },
          },
        ],
      });
    opened("node-1", "pod demo/backend-0", "10.65.0.3");
    opened("node-2", "pod demo/backend-1", "10.65.0.18");
  });

  test("closes it the other way round", () => {
    const found = diffs(compiled(fixture("quickstart/2")), compiled(fixture("quickstart/1")));
    expect(found.get("node-1")!.totals).toEqual({ allowed: 0, denied: 1, appears: 0, vanishes: 0 });
  });
});

test("what a pod may newly open is one change, whether or not a service redirects it there", () => {
  const policy = (port: number) => `
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: out, namespace: demo }
spec:
  selector: app == "backend"
  types: [Egress]
  egress: [{ action: Allow, protocol: TCP, destination: { nets: [198.51.100.0/24], ports: [${port}] } }]
`;
  const withPolicy = (port: number) => [...fixture("quickstart/1"), { path: "out.yaml", text: policy(port) }];
  const { changes } = diffs(compiled(withPolicy(7000)), compiled(withPolicy(7001))).get("node-1")!;
  expect(changes.map(({ becomes, ways }) => ({ becomes, ways }))).toEqual([
    { becomes: "allowed", ways: ["direct", "redirected"] },
    { becomes: "denied", ways: ["direct", "redirected"] },
  ]);
});

describe("no flow changes", () => {
  test.each(fixtureSteps())("between $name and itself", ({ files }) => {
    const compilation = compiled(files);
    for (const [node, diff] of diffs(compilation, compiled(files))) {
      expect({ node, ...diff }).toMatchObject({ isEqual: true, changes: [] });
      expect(diff.routes).toBeGreaterThanOrEqual(8);
    }
  });

  test.each([
    ["a policy has another name", (text: string) => text.replace("name: allow-api", "name: renamed")],
    [
      "a network is cut in two",
      (text: string) => text.replace("nets: [192.0.2.0/24]", "nets: [192.0.2.0/25, 192.0.2.128/25]"),
    ],
    [
      "a port range is written otherwise",
      (text: string) => text.replace("ports: [9090]", 'ports: ["9090:9090"]'),
    ],
  ])("where %s", (_, change) => {
    const files = fixture("quickstart/2");
    const found = diffs(compiled(files), compiled(replaced(files, change)));
    for (const diff of found.values()) expect(diff.isEqual).toBe(true);
  });

  test("where two rules that allow change places", () => {
    const rules = (...list: readonly string[]) => `
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: web }
spec:
  selector: app == "backend"
  ingress:
${list.join("\n")}
`;
    const http = "  - { action: Allow, protocol: TCP, destination: { ports: [80] } }";
    const net = "  - { action: Allow, protocol: TCP, source: { nets: [198.51.100.0/24] } }";
    const files = fixture("quickstart/1");
    const withRules = (...list: readonly string[]) =>
      compiled([...files, { path: "web.yaml", text: rules(...list) }]);
    for (const diff of diffs(withRules(http, net), withRules(net, http)).values())
      expect(diff.isEqual).toBe(true);
    const deny = net.replace("Allow", "Deny");
    expect(diffs(withRules(http, deny), withRules(deny, http)).get("node-1")!.totals.denied).toBe(1);
  });
});

describe("a pod that comes", () => {
  const pod = `
apiVersion: v1
kind: Pod
metadata: { name: late-0, namespace: demo, labels: { app: late } }
spec: { nodeName: node-1, containers: [{ name: c, image: i }] }
status: { phase: Running, podIP: 10.65.0.5, podIPs: [{ ip: 10.65.0.5 }] }
`;

  test("brings ways that were not there, and changes none that was", () => {
    const files = fixture("quickstart/1");
    const found = diffs(compiled(files), compiled([...files, { path: "late.yaml", text: pod }]));
    const { totals, changes } = found.get("node-1")!;
    expect(totals).toMatchObject({ allowed: 0, denied: 0 });
    expect(totals.appears).toBeGreaterThan(0);
    const withIt = changes.filter(({ becomes }) => becomes === "appears");
    for (const { from, to } of withIt) expect([...from.names, ...to.names]).toContain("pod demo/late-0");
    expect(found.get("node-2")!.isEqual).toBe(true);
  });
});

describe("examples", () => {
  const closed = `
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: closed }
spec: { order: 1, selector: all(), types: [Ingress, Egress], ingress: [{ action: Deny }], egress: [{ action: Deny }] }
`;

  test("are of the endpoints' own addresses where there are some, and ordinary ones elsewhere", () => {
    const files = fixture("quickstart/1");
    const found = diffs(compiled(files), compiled([...files, { path: "closed.yaml", text: closed }]), ALL);
    const changes = [...found.values()].flatMap((diff) => diff.changes);
    const examples = (from: string, to: string) =>
      changes
        .filter((change) => `${change.from.names}` === from && `${change.to.names}` === to)
        .map(({ example }) => `${example.source} -> ${example.destination}`);
    expect(examples("pod demo/frontend-0", "pod demo/backend-0")).toContain("10.65.0.2 -> 10.65.0.3");
    // The first packets of the set are from 0.0.0.0 to 224.0.0.0.
    expect(examples("pod demo/frontend-0", "eth0,any other interface")).toContain(
      "10.65.0.2 -> 198.51.100.1",
    );
    expect(examples("outside", "pod demo/frontend-0")).toContain("192.0.2.1 -> 10.65.0.2");
  });

  test("of other protocols than TCP and UDP are of the ICMP that belongs to the IP version", () => {
    const onlyIcmp = closed
      .replaceAll("action: Deny", "action: Deny, notProtocol: TCP")
      .replace("order: 1", "order: 2");
    const noUdp = closed.replace("name: closed", "name: udp").replaceAll("Deny }", "Deny, protocol: UDP }");
    const files = [...fixture("dual-stack-vxlan"), { path: "udp.yaml", text: noUdp }];
    const found = diffs(compiled(files), compiled([...files, { path: "icmp.yaml", text: onlyIcmp }]), ALL);
    const changes = [...found.values()].flatMap((diff) => diff.changes);
    const protocols = (version: 4 | 6) =>
      new Set(changes.filter((change) => change.version === version).map(({ example }) => example.protocol));
    expect(protocols(4)).toEqual(new Set(["icmp"]));
    expect(protocols(6)).toEqual(new Set(["icmpv6"]));
  });
});

/** Every policy of a fixture left out in turn. */
function withoutEachPolicy(files: readonly SourceFile[]): readonly (readonly SourceFile[])[] {
  return files.flatMap((file, i) => {
    const documents = file.text.split(/^---$/m);
    return documents.flatMap((document, j) =>
      /^kind: (Global|Kubernetes)?(Admin)?NetworkPolicy/m.test(document)
        ? [files.with(i, { ...file, text: documents.toSpliced(j, 1).join("---") })]
        : [],
    );
  });
}

describe("left-out policies, against the evaluator", () => {
  test.each(fixtureSteps())("$name", ({ files }) => {
    const before = compiled(files);
    const old = hostsOf(before);
    let examples = 0;
    for (const edited of withoutEachPolicy(files)) {
      const after = compiled(edited);
      if (after.inputErrors) continue;
      for (const [node, host] of hostsOf(after)) {
        const diff = diffFlows(old.get(node)!, host, ALL);
        const [was, is] = [new Evaluator(old.get(node)!), new Evaluator(host)];
        for (const { becomes, packet } of diff.changes) {
          const verdicts = [was.evaluate(packet).allowed, is.evaluate(packet).allowed];
          expect({ node, packet, verdicts }).toMatchObject({
            verdicts: becomes === "allowed" ? [false, true] : [true, false],
          });
          examples++;
        }
        if (diff.isEqual)
          fc.assert(
            fc.property(somePacket(host), (packet) => {
              expect(is.evaluate(packet).allowed).toBe(was.evaluate(packet).allowed);
            }),
            { numRuns: 30 },
          );
      }
    }
    if (files.some(({ text }) => text.includes("NetworkPolicy"))) expect(examples).toBeGreaterThan(0);
  });
});

/** Between addresses of the cluster and of nobody, by the interfaces where they belong. */
function somePacket(host: Host): fc.Arbitrary<Packet> {
  const workloads = [...host.model.all("workload-endpoint").values()].filter(({ addresses }) =>
    addresses.some(({ version }) => version === 4),
  );
  const ends = workloads.map(({ node, interfaceName, addresses }) => ({
    ip: addresses
      .map(({ version, value }): Ip => ({ version, value }) as Ip)
      .find(({ version }) => version === 4)!,
    by: node === host.node ? interfaceName : "eth0",
  }));
  const outside = { ip: parseIp("192.0.2.9")!, by: "eth0" };
  const end = fc.constantFrom(...ends, outside);
  return fc
    .record({
      source: end,
      destination: end,
      protocol: fc.constantFrom(6, 17),
      port: fc.constantFrom(53, 80, 443, 5432, 8080, 9000, 9090),
    })
    .map(({ source, destination, protocol, port }) => ({
      source: source.ip,
      destination: destination.ip,
      protocol,
      sourcePort: 40_000,
      destinationPort: port,
      icmp: undefined,
      arrivesBy: source.by,
      leavesBy: destination.by,
    }));
}
