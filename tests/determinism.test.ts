import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES, type SourceFile } from "../compiler/index.ts";
import { fixtureSteps } from "./fixtures.ts";

/** Every byte that a set of files compiles to, by node and path. */
function bytesOf(files: readonly SourceFile[]): ReadonlyMap<string, string> {
  const { nodes } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
  return new Map(
    nodes.flatMap(({ node, artifacts }) =>
      artifacts!.map(({ path, text }) => [`${node}/${path}`, text] as const),
    ),
  );
}

function documentsOf(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ text }) => text.split(/^---$/m));
}

describe("the same resources give the same bytes", () => {
  test.each(fixtureSteps())("$name, read again as it was understood", ({ files }) => {
    const { sources } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
    const again = [
      { path: "policy.json", text: sources.policy },
      { path: "inventory.json", text: sources.inventory },
    ];
    expect(bytesOf(again)).toEqual(bytesOf(files));
  });

  test.each(fixtureSteps())("$name, in any order and any split over files", ({ files }) => {
    const documents = documentsOf(files);
    const expected = bytesOf(files);
    expect(expected.size).toBeGreaterThan(0);
    const shuffled = fc.shuffledSubarray([...documents.keys()], { minLength: documents.length });
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 5 }), (order, parts) => {
        const split = Array.from({ length: parts }, (_, part) => ({
          path: `part-${part}.yaml`,
          text: order
            .filter((_document, position) => position % parts === part)
            .map((index) => documents[index])
            .join("\n---\n"),
        }));
        expect(bytesOf(split)).toEqual(expected);
      }),
      { numRuns: 4, seed: 21 },
    );
  });
});

test("a secret in the input reaches no artifact, no summary and no diagnostic", () => {
  const canary = "c4n4ry-p4ssw0rd";
  const { files } = fixtureSteps().find(({ name }) => name === "bgp-mesh/2")!;
  const secret = `apiVersion: v1
kind: Secret
metadata: { name: bgp-secrets, namespace: kube-system }
stringData: { mesh: ${canary}, border: ${canary} }
data: { mesh: ${Buffer.from(canary).toString("base64")} }
---
apiVersion: v1
kind: Pod
metadata:
  name: with-secrets
  namespace: default
  annotations: { sidecar.example.org/token: ${canary} }
spec:
  nodeName: leaf-1
  containers: [{ name: app, env: [{ name: PASSWORD, value: ${canary} }] }]
status: { podIP: 10.65.0.9 }
`;
  const compilation = compile([...files, { path: "secret.yaml", text: secret }], {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
  });
  expect(compilation.nodes.length).toBeGreaterThan(0);
  const everything = JSON.stringify(compilation, (_, value) =>
    typeof value === "bigint" ? `${value}` : value,
  );
  expect(everything).toContain('\\"name\\":\\"with-secrets\\"');
  expect(everything).not.toContain(canary);
  expect(everything).not.toContain(Buffer.from(canary).toString("base64"));
});
