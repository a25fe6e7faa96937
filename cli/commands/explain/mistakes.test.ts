import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, QUICKSTART } from "./testing.ts";
import { disagreements } from "./text.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "calicoctl-explain-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("mistakes of the caller, with exit code 1", () => {
  test.each([
    [
      ["demo/fronted-0", "demo/backend-0", "--dport", "1"],
      "there is no pod demo/fronted-0; did you mean demo/frontend-0?",
    ],
    [
      ["demo/frontend-0", "node/node-3", "--dport", "1"],
      "--to node/node-3: there is no node node-3; did you mean node-1?",
    ],
    [["frontend-0", "demo/backend-0", "--dport", "1"], "neither NAMESPACE/POD nor an IP address"],
    [["demo/frontend-0", "demo/backend-0"], "--proto tcp needs --dport"],
    [["demo/frontend-0", "demo/backend-0", "--proto", "icmp", "--dport", "1"], "protocol icmp has no ports"],
    [["demo/frontend-0", "demo/backend-0", "--proto", "tpc", "--dport", "1"], "--proto tpc: neither"],
    [["demo/frontend-0", "demo/backend-0", "--dport", "65536"], "Not a number from 0 to 65535"],
    [["demo/frontend-0", "demo/backend-0", "--dport", "1", "--icmp-type", "8"], "--icmp-type"],
    [["demo/frontend-0", "2001:db8::1", "--dport", "1"], "no addresses of one IP version"],
    [
      ["demo/frontend-0", "demo/backend-0", "--dport", "1", "--ip-version", "6"],
      "do not both have an address",
    ],
    [["192.0.2.1", "192.0.2.2", "--dport", "1"], "--node says which one the packet passes"],
    [["host", "192.0.2.2", "--dport", "1"], "of which node?"],
    [
      ["demo/frontend-0", "demo/backend-0", "--dport", "1", "--node", "node-2"],
      "does not cross it, but node-1",
    ],
    [["demo/frontend-0", "demo/backend-0", "--dport", "1", "--node", "nod-2"], "did you mean node-2?"],
  ] as const)("%j", async ([from, to, ...options], message) => {
    const { code, stdout, stderr } = await call(QUICKSTART, from, to, ...options);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("a finished pod has no address", async () => {
    const file = join(directory, "finished.yaml");
    await writeFile(
      file,
      `apiVersion: v1
kind: Pod
metadata: { name: job-0, namespace: demo }
spec: { nodeName: node-1, containers: [{ name: main }] }
status: { phase: Succeeded, podIP: "10.65.0.4", podIPs: [{ ip: "10.65.0.4" }] }
`,
    );
    const { code, stderr } = await call(
      [...QUICKSTART, "-f", file],
      "demo/job-0",
      "demo/backend-0",
      "--dport",
      "1",
    );
    expect(stderr).toContain("the pod has no address on a node");
    expect(code).toBe(1);
  });
});

test("a disagreement of the two readings is loud, and says which node", () => {
  const node = { node: "node-1", agreed: false, resources: { verdict: "allow" }, files: { verdict: "deny" } };
  const other = { ...node, node: "node-2", agreed: true };
  const text = disagreements({ nodes: [node, other] } as unknown as Parameters<typeof disagreements>[0]);
  expect(text).toMatch(
    /^calicoctl: INTERNAL ERROR: on node node-1 the resources allow .* emitted rules deny it/,
  );
  expect(text).not.toContain("node-2");
});
