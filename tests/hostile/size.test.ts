import { expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";

/** `HOSTILE_SIZE=20 vitest run tests/hostile/size.test.ts` is the full size: 50 MB, 100,000 documents, 1,000,000 nets. */
const SIZE = Number(process.env.HOSTILE_SIZE ?? 1);

const HEAD = "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\n";
const repeat = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count * SIZE }, (_, i) => line(i)).join("");
const net = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}/32`;
const setOf = (entries: string): string => `${HEAD}metadata: { name: big }\nspec:\n  nets:\n${entries}`;

/** Each with the codes of what is found, and the most findings that are still of use to a person. */
const INPUTS: readonly (readonly [string, () => string, codes: readonly string[], most: number])[] = [
  [
    "a file of many small documents",
    () => repeat(5000, (i) => `${HEAD}metadata: { name: s${i} }\nspec: { nets: [${net(i)}] }\n---\n`),
    [],
    0,
  ],
  [
    "a file of large documents",
    () =>
      repeat(
        250,
        (i) => `${HEAD}metadata: { name: s${i}, annotations: { a: ${"x".repeat(10_000)} } }\nspec: {}\n---\n`,
      ),
    [],
    0,
  ],
  ["a set of many nets", () => setOf(repeat(50_000, (i) => `    - ${net(i)}\n`)), [], 0],
  [
    "a set of many texts that are no nets",
    () => setOf(repeat(5000, (i) => `    - nonsense${i}\n`)),
    ["policy/cidr-invalid"],
    5000 * SIZE,
  ],
  [
    "a text of a megabyte that is no net",
    () => setOf(`    - ${"x".repeat(1e6 * SIZE)}\n`),
    ["policy/cidr-invalid"],
    1,
  ],
  [
    "a mapping of many unknown fields",
    () => `${HEAD}metadata: { name: x }\nspec:\n${repeat(5000, (i) => `  f${i}: 1\n`)}`,
    ["resource/unknown-field", "resource/more-findings"],
    25,
  ],
  [
    "brackets in brackets",
    () => `a: ${"[".repeat(500 * SIZE)}${"]".repeat(500 * SIZE)}`,
    ["syntax/nesting"],
    1,
  ],
  ["JSON in JSON", () => `${'{"a":'.repeat(500 * SIZE)}1${"}".repeat(500 * SIZE)}`, ["syntax/nesting"], 1],
  [
    "one long label",
    () => `${HEAD}metadata: { name: x, labels: { a: ${"x".repeat(50_000 * SIZE)} } }\nspec: {}\n`,
    ["resource/invalid-label"],
    1,
  ],
  ["one key, repeated", () => repeat(2000, () => "a: 1\n"), ["syntax/duplicate-key"], 2000 * SIZE],
  [
    "a large document that breaks at its end",
    () => `${setOf(repeat(20_000, (i) => `    - ${net(i)}\n`))}  x: {\n`,
    ["syntax/yaml"],
    1,
  ],
];

test.each(INPUTS)(
  "%s",
  (name, make, codes, most) => {
    const text = make();
    const started = performance.now();
    const { diagnostics } = compile([{ path: "x.yaml", text }], {
      features: DEFAULT_FEATURES,
      compilerVersion: "test",
    });
    const elapsed = performance.now() - started;
    expect([...new Set(diagnostics.map(({ code }) => code))]).toEqual(expect.arrayContaining([...codes]));
    expect(diagnostics.length).toBeLessThanOrEqual(most);
    for (const { location, message } of diagnostics) {
      expect(location).toMatchObject({ file: "x.yaml" });
      expect(message.length, "for a person to read").toBeLessThanOrEqual(1000);
    }
    // A hundred times what an idle machine takes for small inputs; one that is quadratic exceeds it at full size.
    expect(elapsed).toBeLessThan(5000 * Math.max(1, SIZE / 2));
    if (SIZE > 1) {
      const [megabytes, resident] = [text.length / 1e6, process.memoryUsage().rss / 1e6];
      process.stdout.write(
        `${name}: ${megabytes.toFixed(2)} MB, ${Math.round(elapsed)} ms, ${Math.round(resident)} MB resident, ${diagnostics.length} findings\n`,
      );
    }
  },
  120_000,
);
