import { expect, test } from "vitest";
import type { NodeIr } from "./node-ir.ts";
import { printIr } from "./print.ts";

test("networks, selectors and origins read as people write them, lists and records by indentation", () => {
  const ir = {
    node: "n1",
    cidr: { version: 4, value: 0x0a000000, length: 8 },
    ip: { version: 6, value: 1n },
    selector: { canonical: "has(a)", root: { kind: "has", label: "a" } },
    origin: { file: "p.yaml", document: 0, path: ["spec", "ingress", 0] },
    absent: undefined,
    empty: [],
    rules: [{ action: "allow", ports: [80, 443] }],
  };
  expect(printIr(ir as unknown as NodeIr)).toBe(`node: n1
cidr: 10.0.0.0/8
ip: ::1
selector: has(a)
origin: p.yaml#spec.ingress.0
empty: []
rules:
  - action: allow
    ports:
      - 80
      - 443
`);
});
