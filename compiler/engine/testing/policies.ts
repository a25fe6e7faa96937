import fc from "fast-check";
import type { PolicyRule } from "../../ir/cluster-model.ts";
import * as make from "../../ir/testing/objects.ts";
import { labels, NAMESPACES, namespace, nets, PROFILES, PROTOCOLS, portName, selector } from "./words.ts";

const portMatch = fc.record({
  ranges: fc.constantFrom([], [{ first: 80, last: 80 }]),
  names: fc.uniqueArray(portName, { maxLength: 2 }),
});
const service = fc.record({ namespace, name: fc.constantFrom("web", "api") });

const entityMatch = fc.oneof(
  fc.constant(make.entity()),
  fc
    .record({
      nets,
      notNets: nets,
      selector: fc.option(selector, { nil: undefined }),
      notSelector: fc.option(selector, { nil: undefined }),
      ports: portMatch,
      notPorts: portMatch,
    })
    .map(make.entity),
  service.map((ref) => make.entity({ service: ref })),
);

export const rule: fc.Arbitrary<PolicyRule> = fc
  .record({
    action: fc.constantFrom("allow" as const, "deny" as const, "pass" as const, "log" as const),
    protocol: fc.constantFrom(undefined, 1, ...PROTOCOLS),
    source: entityMatch,
    destination: entityMatch,
  })
  .map(make.rule);
const rules = fc.array(rule, { maxLength: 2 });

const order = fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY);
const directions = fc.constantFrom(
  ["ingress" as const],
  ["egress" as const],
  ["ingress" as const, "egress" as const],
);
const tierName = fc.constantFrom("default", "security", "absent");

export const tier = fc
  .tuple(
    fc.constantFrom("default", "security"),
    fc.record({ order, defaultAction: fc.constantFrom("deny" as const, "pass" as const) }),
  )
  .map(([name, given]) => make.tier(name, given));

export const policy = fc
  .tuple(
    fc.constantFrom("p1", "p2", "p3"),
    fc.record({
      namespace: fc.constantFrom("", ...NAMESPACES),
      tier: tierName,
      order,
      selector,
      directions,
      staged: fc.boolean(),
      doNotTrack: fc.constantFrom(false, false, false, true),
      preDnat: fc.constantFrom(false, false, false, true),
      applyOnForward: fc.boolean(),
      neededEverywhere: fc.constantFrom(false, false, true),
      ingress: rules,
      egress: rules,
    }),
  )
  .map(([name, given]) => make.policy(name, given));

export const profile = fc
  .tuple(fc.constantFrom(...PROFILES), fc.record({ labelsToApply: labels, ingress: rules, egress: rules }))
  .map(([name, given]) => make.profile(name, given));
