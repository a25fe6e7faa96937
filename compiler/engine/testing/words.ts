import fc from "fast-check";
import * as make from "../../ir/testing/objects.ts";
import type { Labels } from "../../syntax/selector/ast.ts";

/**
 * What the objects of small clusters are made of, in which everything meets everything: few names, so that objects are
 * changed and re-created, and few labels and addresses, so that selectors match, classes merge and members are shared.
 */

const NODES = ["n1", "n2", "n3"];
export const NAMESPACES = ["red", "blue"];
export const PROFILES = ["kns.red", "kns.blue", "extra"];
const LABELS = ["a", "b", "c", "unique"];
const VALUES = ["x", "y", "xy", ""];
export const PROTOCOLS = [6, 17, 132];

export const nodeName = fc.constantFrom(...NODES);
export const namespace = fc.constantFrom(...NAMESPACES);
export const smallNumber = fc.integer({ min: 0, max: 3 });

export const labels: fc.Arbitrary<Labels> = fc.dictionary(
  fc.constantFrom(...LABELS),
  fc.constantFrom(...VALUES),
  {
    maxKeys: 3,
  },
);
export const profiles = fc.uniqueArray(fc.constantFrom(...PROFILES), { maxLength: 2 });

const atom = fc.oneof(
  fc
    .tuple(fc.constantFrom(...LABELS), fc.constantFrom(...VALUES))
    .map(([label, value]) => `${label} == '${value}'`),
  fc
    .tuple(fc.constantFrom(...LABELS), fc.constantFrom(...VALUES))
    .map(([label, value]) => `${label} != '${value}'`),
  fc.constantFrom(...LABELS).map((label) => `has(${label})`),
  fc.constantFrom(...LABELS).map((label) => `!has(${label})`),
  fc.constantFrom(...LABELS).map((label) => `${label} in {'x', 'y'}`),
  fc.constantFrom(...LABELS).map((label) => `${label} not in {'xy'}`),
  fc.constantFrom(...LABELS).map((label) => `${label} starts with 'x'`),
  fc.constantFrom(...LABELS).map((label) => `${label} contains 'y'`),
  fc.constantFrom("all()", "global()", "a == 'x' && a == 'y'"),
);

export const selectorText: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a} || ${b})`),
    tie("tree").map((a) => `!(${a})`),
  ),
})).tree;
export const selector = selectorText.map(make.selector);

export const address = fc.oneof(
  smallNumber.map((n) => `10.0.0.${n}`),
  smallNumber.map((n) => `fd00::${n}`),
);
const net = fc.oneof(address, fc.constantFrom("10.0.0.0/8", "10.0.0.0/30", "0.0.0.0/0", "::/0", "fd00::/16"));
export const nets = fc.array(net.map(make.cidr), { maxLength: 3 });
export const portName = fc.constantFrom("http", "dns");
export const ports = fc.array(
  fc.record({ name: portName, protocol: fc.constantFrom(...PROTOCOLS), port: fc.constantFrom(80, 53) }),
  { maxLength: 2 },
);
