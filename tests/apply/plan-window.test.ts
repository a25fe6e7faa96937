import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectValid } from "../../cli/commands/plan/testing.ts";
import { calicoctl } from "../../cli/commands/verify/testing.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "window-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** A host to which one port is closed in the table raw and another one in the table filter. */
async function written(name: string, raw: number, filter: number): Promise<string> {
  const deny = (port: number) => `{ action: Deny, protocol: UDP, destination: { ports: [${port}] } }`;
  const path = join(directory, `${name}.yaml`);
  await writeFile(
    path,
    `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n1 }
spec: { bgp: { ipv4Address: 10.0.0.1/24 } }
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: { name: n1-eth0, labels: { role: host } }
spec: { node: n1, interfaceName: eth0 }
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: untracked }
spec:
  selector: role == 'host'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress]
  ingress: [${deny(raw)}]
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: tracked }
spec:
  selector: role == 'host'
  types: [Ingress]
  ingress: [${deny(filter)}, { action: Allow }]
`,
  );
  return path;
}

test("a plan says which tables leave a window between their commits", async () => {
  const [before, after] = [await written("before", 5000, 6000), await written("after", 6000, 5000)];
  const { code, stdout } = await calicoctl("plan", "-f", after, "--against", before);
  expect(code).toBe(0);
  // Whichever table is first, one of the two ports is open in between.
  expect(stdout).toMatch(
    /\nDisturbances\n {2}n1: more than one commit \(IPv4 tables raw, filter\): packets in between meet part of the old and of the new policy\n/,
  );
  const [node] = expectValid(
    (await calicoctl("plan", "-f", after, "--against", before, "-o", "json")).stdout,
  ).nodes;
  expect(node?.disturbances).toContainEqual({ kind: "window", tables: "IPv4 tables raw, filter" });
});

test("and says nothing where one commit does it", async () => {
  const [before, after] = [await written("before", 5000, 6000), await written("after", 6000, 6000)];
  const { stdout } = await calicoctl("plan", "-f", after, "--against", before);
  expect(stdout).toContain("\n    raw cali-pi-gnp/untracked");
  expect(stdout).not.toContain("more than one commit");
});
