import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explained, QUICKSTART } from "./testing.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "calicoctl-explain-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("notes", () => {
  test("an uplink that nothing names, and one that the caller names", async () => {
    const file = join(directory, "node.yaml");
    await writeFile(
      file,
      `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: alone }
spec: { bgp: { ipv4Address: 172.16.1.11/24 } }
`,
    );
    const fixture = ["-f", file];
    const guessed = await explained(fixture, "192.0.2.7", "host", "--dport", "22");
    expect(guessed.nodes[0].notes).toEqual([expect.stringContaining("taken to be eth0")]);
    const named = await explained(fixture, "192.0.2.7", "host", "--dport", "22", "--uplink", "bond0");
    expect(named.nodes[0]).toMatchObject({ notes: [], packet: { arrivesBy: "bond0" } });
  });

  test("an address of a pool that nobody has", async () => {
    const { notes } = await explained(QUICKSTART, "demo/frontend-0", "10.65.0.99", "--dport", "80");
    expect(notes).toEqual([expect.stringContaining("in IP pool default-pool")]);
  });

  test("an address of a Service", async () => {
    const file = join(directory, "service.yaml");
    await writeFile(
      file,
      `apiVersion: v1
kind: Service
metadata: { name: api, namespace: demo }
spec: { clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10], ports: [{ port: 80 }] }
`,
    );
    const { notes } = await explained(
      [...QUICKSTART, "-f", file],
      "demo/frontend-0",
      "10.96.0.10",
      "--dport",
      "80",
    );
    expect(notes).toEqual([expect.stringContaining("Service demo/api")]);
  });
});

describe("floating addresses", () => {
  const pod = `apiVersion: v1
kind: Pod
metadata:
  name: public-0
  namespace: demo
  annotations: { cni.projectcalico.org/floatingIPs: '["203.0.113.5"]' }
spec: { nodeName: node-1, containers: [{ name: main }] }
status: { phase: Running, podIP: "10.65.0.4", podIPs: [{ ip: "10.65.0.4" }] }
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default }
spec: { floatingIPs: Enabled }
`;
  test("lead to the pod, whose policy sees its own address; the pod sends from its own", async () => {
    const file = join(directory, "floating.yaml");
    await writeFile(file, pod);
    const fixture = [...QUICKSTART, "-f", file];
    const to = await explained(fixture, "192.0.2.7", "203.0.113.5", "--dport", "80");
    expect(to.nodes).toMatchObject([
      {
        node: "node-1",
        packet: { destination: "203.0.113.5", translatedTo: { destination: "10.65.0.4", port: 80 } },
        resources: { points: [{ endpoint: "pod demo/public-0" }] },
      },
    ]);
    const from = await explained(fixture, "203.0.113.5", "192.0.2.7", "--dport", "80");
    expect(from.nodes[0].packet.source).toBe("10.65.0.4");
  });
});
