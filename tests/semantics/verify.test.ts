import { expect, test } from "vitest";
import { type Compilation, compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { verifyFiles } from "../../compiler/verify.ts";
import { fixtureSteps } from "../fixtures.ts";

function compiled(files: Parameters<typeof compile>[0]): Compilation {
  return compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
}

test.each(fixtureSteps())("every packet of $name: the files do what the resources say", ({ files }) => {
  const { model, nodes } = compiled(files);
  for (const { node, ir, artifacts } of nodes) {
    const proof = verifyFiles(model, ir, artifacts!);
    expect({ node, ...proof }).toMatchObject({ counterexample: undefined, deviations: [], isEqual: true });
    expect(proof.figures.routes).toBeGreaterThan(50);
  }
});

test("a rule that was lost is found, with a packet that shows it", () => {
  const { files } = fixtureSteps().find(({ name }) => name === "quickstart/1")!;
  const { model, nodes } = compiled(files);
  const { ir, artifacts } = nodes[0]!;
  const withoutRule = artifacts!.map(({ path, text, ...rest }) => ({
    path,
    ...rest,
    text:
      path === "iptables.restore"
        ? text.replace(/^-A cali-pi-np\/demo\/allow-api .*--dports 9000.*\n/m, "")
        : text,
  }));
  const { counterexample } = verifyFiles(model, ir, withoutRule);
  expect(counterexample).toMatchObject({
    packet: { protocol: 6, destinationPort: 9000 },
    resourcesSay: "allow",
    textSays: "deny",
  });
});

test("a member that was lost is found", () => {
  const { files } = fixtureSteps().find(({ name }) => name === "quickstart/1")!;
  const { model, nodes } = compiled(files);
  const { ir, artifacts } = nodes[0]!;
  const withoutMember = artifacts!.map((file) =>
    file.path === "ipset.restore"
      ? { ...file, text: file.text.replace(/^add cali40s:txVRYobrZMt0dXOaE4tIdZe 10.65.0.2\n/m, "") }
      : file,
  );
  expect(verifyFiles(model, ir, withoutMember).deviations).toMatchObject([
    { set: "cali40s:txVRYobrZMt0dXOaE4tIdZe", missing: ["10.65.0.2/32"], unexpected: [] },
  ]);
});
