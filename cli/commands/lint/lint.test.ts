import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { calicoctl } from "../verify/testing.ts";

const NODE = `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n1 }
spec: { bgp: { ipv4Address: 192.0.2.1/24 } }
`;

const policy = (spec: string) => `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: p }
spec: ${spec}
`;

/** A warning, and nothing worse. */
const IGNORED_RULES = policy("{ types: [Ingress], egress: [{ action: Deny }] }");
const BROKEN = policy("{ selector: a = 'b' }");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lint-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function lint(texts: Readonly<Record<string, string>>, ...options: readonly string[]) {
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);
  const called = await calicoctl("lint", "-f", directory, ...options);
  expect(readdirSync(directory).sort()).toEqual(Object.keys(texts).sort());
  return called;
}

test("nothing is wrong", async () => {
  const found = await lint({ "node.yaml": NODE }, "--fail-on", "info");
  expect(found).toEqual({ code: 0, stdout: "no findings; 1 resource, 1 node\n", stderr: "" });
});

test("policies without the cluster that they are for are checked, too", async () => {
  const found = await lint({ "policy.yaml": BROKEN });
  expect(found).toMatchObject({
    code: 1,
    stdout: "1 error; 0 resources, no node yet: the input has errors\n",
    stderr: expect.stringMatching(/^error\[selector\/invalid\].*\n --> .*policy\.yaml:4:/),
  });
});

test("a warning fails where it is asked to", async () => {
  const texts = { "node.yaml": NODE, "policy.yaml": IGNORED_RULES };
  expect(await lint(texts)).toMatchObject({ code: 0, stdout: "1 warning; 2 resources, 1 node\n" });
  expect(await lint(texts, "--fail-on", "warning")).toMatchObject({ code: 1 });
});

test("what a host cannot do is found", async () => {
  const features = join(directory, "features.json");
  writeFileSync(features, JSON.stringify({ linkKinds: [] }));
  const found = await calicoctl("lint", "-f", "fixtures/dual-stack-vxlan", "--features", features);
  expect(found).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error\[\S+\]: .*vxlan/im) });
});

test("programs read all of it", async () => {
  const { code, stdout, stderr } = await lint({ "policy.yaml": IGNORED_RULES }, "-o", "json");
  expect([code, stderr]).toEqual([0, ""]);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    ok: true,
    resources: { GlobalNetworkPolicy: 1 },
    diagnostics: [{ code: "policy/rules-ignored", severity: "warning" }],
  });
});
