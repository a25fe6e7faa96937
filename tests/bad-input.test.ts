import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../compiler/index.ts";

function codesOf(text: string): readonly string[] {
  const { diagnostics } = compile([{ path: "bad.yaml", text }], {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
  });
  return diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
}

const policy = (rule: string, name = "p") => `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: ${name} }
spec:
  ingress:
    - ${rule}
`;
const pool = (cidr: string) => `apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: pool }
spec: { cidr: ${cidr} }
`;
const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
h: [*g, *g, *g, *g, *g, *g, *g, *g, *g, *g]
`;

describe("bad input is answered with a diagnostic that has a place", () => {
  test.each([
    ["truncated YAML", "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: { name: x", "syntax/yaml"],
    [
      "a tab as indentation",
      "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata:\n\tname: x\n",
      "syntax/yaml",
    ],
    [
      "a repeated key",
      "apiVersion: projectcalico.org/v3\nkind: Tier\nkind: Tier\nmetadata: { name: x }\n",
      "syntax/duplicate-key",
    ],
    [
      "a wrong type",
      "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: { name: x }\nspec: { order: high }\n",
      "resource/type",
    ],
    [
      "an unknown kind",
      "apiVersion: projectcalico.org/v3\nkind: NetwrkPolicy\nmetadata: { name: x }\n",
      "resource/unknown-kind",
    ],
    [
      "an unknown field",
      "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: { name: x }\nspec: { ordr: 5 }\n",
      "resource/unknown-field",
    ],
    [
      "a prototype key",
      "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: { name: x }\nspec: { __proto__: { order: 5 } }\n",
      "resource/unknown-field",
    ],
    ["an invalid CIDR", pool("10.0.0.0/33"), "network/invalid-cidr"],
    [
      "a rule's invalid CIDR",
      policy("{ action: Deny, source: { nets: [10.0.0.300/24] } }"),
      "policy/cidr-invalid",
    ],
    [
      "an invalid port",
      policy("{ action: Allow, protocol: TCP, destination: { ports: [70000] } }"),
      "policy/port-invalid",
    ],
    [
      "an invalid selector",
      policy("{ action: Allow, source: { selector: \"app = 'x'\" } }"),
      "selector/invalid",
    ],
    ["a name that is an injection", policy("{ action: Allow }", `'"; -j ACCEPT'`), "resource/invalid-name"],
    ["a name of 300 characters", policy("{ action: Allow }", "a".repeat(300)), "resource/invalid-name"],
    ["an alias bomb", bomb, "syntax/alias"],
    ["a dangling alias", "a: *nowhere\n", "syntax/yaml"],
  ])("%s", (_, text, code) => {
    expect(codesOf(text)).toContain(code);
  });

  test("a selector of 100 KB and one of 10,000 nested brackets", () => {
    const long = `${"a == 'x' || ".repeat(9000)}a == 'y'`;
    const deep = `${"(".repeat(10_000)}a == 'x'${")".repeat(10_000)}`;
    for (const selector of [long, deep])
      expect(codesOf(policy(`{ action: Allow, source: { selector: "${selector}" } }`))).not.toEqual([]);
  });
});

/** Every line that a restore file may hold; `iptables-restore` knows no line continuation. */
const LINE = /^(#.*|\*\w+|:\S+ \S+ \S+|-[AI] (cali-|[A-Z]+ )[ -~]*|COMMIT|)$/;

describe("nothing crashes, nothing leaves its place", () => {
  const hostile = fc.constantFrom(
    '"; -j ACCEPT',
    "x\n-A cali-INPUT -j ACCEPT",
    "a\\",
    "'$(reboot)'",
    "\u0000",
    "日本",
    "#",
    "a".repeat(300),
  );

  test("hostile text in every free string", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (annotation, prefix, label) => {
        const resources = [
          { apiVersion: "v1", kind: "Namespace", metadata: { name: "ns" } },
          {
            apiVersion: "projectcalico.org/v3",
            kind: "Node",
            metadata: { name: "n" },
            spec: { bgp: { ipv4Address: "192.0.2.1/24" } },
          },
          {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "p", namespace: "ns" },
            spec: { nodeName: "n", containers: [{ name: "c" }] },
            status: { podIP: "10.0.0.1" },
          },
          {
            apiVersion: "projectcalico.org/v3",
            kind: "FelixConfiguration",
            metadata: { name: "default" },
            spec: { logPrefix: prefix },
          },
          {
            apiVersion: "projectcalico.org/v3",
            kind: "NetworkPolicy",
            metadata: { name: "np", namespace: "ns" },
            spec: {
              selector: `has(x) || x != ${JSON.stringify(label).replaceAll('\\"', "")}`,
              ingress: [{ action: "Log", metadata: { annotations: { note: annotation } } }],
            },
          },
        ];
        const { nodes } = compile(
          [{ path: "x.json", text: JSON.stringify({ kind: "List", apiVersion: "v1", items: resources }) }],
          { features: DEFAULT_FEATURES, compilerVersion: "test" },
        );
        for (const { artifacts } of nodes)
          for (const { path, text } of artifacts ?? [])
            if (/tables\.restore$/.test(path))
              for (const line of text.split("\n")) expect(line, path).toMatch(LINE);
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  test("arbitrary text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: "binary" }), (text) => {
        compile([{ path: "x.yaml", text }], { features: DEFAULT_FEATURES, compilerVersion: "test" });
      }),
      { numRuns: 300, seed: 12 },
    );
  });
});
