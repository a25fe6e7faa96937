import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { passwordProblem, printSecrets } from "../../compiler/backends/bird/secrets.ts";
import { birdSecrets, compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { resource } from "../rib/random-resource.ts";

const missing = missingForKernelTests(["bird"]);
const because = missing === undefined ? "" : ` (${missing})`;
const directory = mkdtempSync(join(tmpdir(), "calico-hostile-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function birdSays(config: string, secrets: string): string {
  writeFileSync(join(directory, "bird.conf"), config);
  writeFileSync(join(directory, "bird.secrets.conf"), secrets);
  const { status, stderr } = spawnSync("bird", ["-p", "-c", join(directory, "bird.conf")], {
    encoding: "utf8",
  });
  return status === 0 ? "accepted" : stderr;
}

/** What ends a string, a comment, a symbol or a block of BIRD's, in any company. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', "'", "#", "\n", "\r", "\0", "{", "}", ";", "/*", "*/", "\\", "*", ".", "-"),
      fc.constantFrom(
        "protocol kernel evil { }",
        "router id 6.6.6.6;",
        'include "/etc/passwd";',
        "é",
        "\u2028",
      ),
      fc.string({ maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(""));

function resourcesWith(text: string): readonly object[] {
  return [
    resource("BGPConfiguration", "default", { asNumber: 64512, ignoredInterfaces: [text] }),
    resource("FelixConfiguration", "default", { interfacePrefix: text }),
    resource("IPPool", text, { cidr: "10.20.0.0/16" }),
    resource("Node", "n0", { bgp: { ipv4Address: "10.1.0.10/24" } }),
    resource("BGPFilter", text, { importV4: [{ action: "Accept", interface: text }] }),
    resource("BGPPeer", text, {
      peerIP: "10.1.0.2",
      asNumber: 65001,
      filters: [text],
      password: { secretKeyRef: { name: text, key: text } },
    }),
  ];
}

describe.skipIf(missing !== undefined)(`text that tries to break out of bird.conf${because}`, () => {
  test("is refused, or in its place", () => {
    let accepted = 0;
    // All of it in every field, and in each field alone, as one refused field would hide the others.
    const fields = fc.constantFrom(undefined, ...resourcesWith("x").keys());
    fc.assert(
      fc.property(hostile, fields, (text, field) => {
        const [wild, tame] = [resourcesWith(text), resourcesWith("plain")];
        const resources = field === undefined ? wild : tame.with(field, wild[field]!);
        const files = resources.map((one, index) => ({ path: `${index}.json`, text: JSON.stringify(one) }));
        const { nodes, diagnostics } = compile(files, {
          features: DEFAULT_FEATURES,
          compilerVersion: "test",
        });
        const config = nodes[0]?.artifacts?.find(({ path }) => path === "bird.conf")?.text;
        if (config === undefined) {
          expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
          return;
        }
        accepted++;
        const secrets = birdSecrets(nodes[0]!.ir.bgp).map(({ symbol }): [string, string] => [
          symbol,
          "s3cret",
        ]);
        expect(birdSays(config, printSecrets(new Map(secrets)))).toBe("accepted");
        expect(config.match(/^router id .*$/gm)).toEqual(["router id 10.1.0.10;"]);
        expect(config.match(/^protocol kernel .*$/gm)).toEqual(["protocol kernel kernel4 {"]);
      }),
      { numRuns: 150, seed: 5 },
    );
    expect(accepted).toBeGreaterThan(10);
  });

  test("is no password, or is the password as it is", () => {
    const config = `router id 1.1.1.1;
include "bird.secrets*.conf";
protocol device {}
protocol bgp b { local 1.1.1.1 as 1; neighbor 1.1.1.2 as 2; password pw_1; ipv4 { import none; export none; }; }
`;
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 90 })), (value) => {
        if (passwordProblem(value) !== undefined) {
          expect(() => printSecrets(new Map([["pw_1", value]]))).toThrow(/cannot be written/);
          return;
        }
        const secrets = printSecrets(new Map([["pw_1", value]]));
        expect(secrets).toBe(`define pw_1 = "${value}";\n`);
        expect(birdSays(config, secrets)).toBe("accepted");
        // Whatever is behind it is read as configuration, so the string has ended where it should.
        expect(birdSays(config, `${secrets}nonsense`)).toMatch(/syntax error/);
      }),
      { numRuns: 60, seed: 6 },
    );
  });
});
