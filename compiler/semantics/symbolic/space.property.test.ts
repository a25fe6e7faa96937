import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as make from "../../ir/testing/objects.ts";
import { cidrContainsIp } from "../../net/cidr.ts";
import { compareIp } from "../../net/ip.ts";
import { type Condition, type SetDefinition, TCP, UDP } from "../condition.ts";
import type { Contents } from "../evaluator/members.ts";
import { type Header, holds, type Membership } from "../holds.ts";
import { Space, type View } from "./space.ts";
import {
  ADDRESSES,
  addressesSet,
  condition,
  headers,
  NETS,
  otherSet,
  PORTS,
  portsSet,
  SETS,
  valuesOf,
} from "./testing/conditions.ts";
import { walk } from "./testing/walk.ts";

const VERSIONS = [4, 6] as const;

/** How conditions can be asked about the header. */
function viewsOf({ destination }: Header): readonly View[] {
  return [
    { isBefore: false, destination: undefined },
    { isBefore: true, destination: undefined },
    { isBefore: false, destination },
    { isBefore: true, destination },
  ];
}

function contents(): fc.Arbitrary<Contents> {
  const ip = fc.constantFrom(...ADDRESSES[4], ...ADDRESSES[6]);
  const triple = fc.record({ ip, protocol: fc.constantFrom(TCP, UDP), port: fc.constantFrom(...PORTS) });
  return fc.record({
    nets: fc.array(fc.constantFrom(...NETS[4], ...NETS[6]), { maxLength: 4 }),
    triples: fc.array(triple, { maxLength: 4 }),
  });
}

const allContents = fc
  .record({ nets: contents(), others: contents(), triples: contents() })
  .map(({ nets, others, triples }): ReadonlyMap<SetDefinition, Contents> => {
    return new Map([
      [addressesSet, { ...nets, triples: [] }],
      [otherSet, { ...others, triples: [] }],
      [portsSet, { ...triples, nets: [] }],
    ]);
  });

function membershipOf(contentsOf: ReadonlyMap<SetDefinition, Contents>): Membership {
  return (set, { ip, protocol, port }) => {
    const { nets, triples } = contentsOf.get(set)!;
    return (
      nets.some((net) => cidrContainsIp(net, ip)) ||
      triples.some((one) => one.protocol === protocol && one.port === port && compareIp(one.ip, ip) === 0)
    );
  };
}

describe.each(VERSIONS)("a condition as a diagram, IPv%i", (version) => {
  test("holds for the same packets, where sets are what they hold", () => {
    fc.assert(
      fc.property(
        condition,
        allContents,
        fc.array(headers(version), { minLength: 30, maxLength: 30 }),
        (asked, contentsOf, probes) => {
          const space = new Space(version, ["lo"], (set) => contentsOf.get(set)!);
          for (const header of probes)
            for (const view of viewsOf(header)) {
              const values = valuesOf(header, view);
              expect(walk(space.condition(asked, view), (level) => values.get(level))).toBe(
                holds(asked, header, membershipOf(contentsOf)),
              );
            }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("holds for the same packets, whatever is in the sets", () => {
    const truths = fc.array(fc.boolean(), { minLength: 2 * SETS.length, maxLength: 2 * SETS.length });
    fc.assert(
      fc.property(condition, headers(version), truths, (asked, header, truth) => {
        fc.pre(compareIp(header.source, header.destination) !== 0);
        const isMember: Membership = (set, { ip }) =>
          truth[2 * SETS.indexOf(set) + (compareIp(ip, header.source) === 0 ? 0 : 1)]!;
        for (const view of viewsOf(header)) {
          const space = new Space(version, ["lo"]);
          const diagram = space.condition(asked, view);
          const values = valuesOf(header, view);
          for (const [i, set] of SETS.entries())
            for (const [j, at] of (["source", "destination"] as const).entries()) {
              const { level } = space.condition({ kind: "member", side: at, set }, view);
              values.set(level, truth[2 * i + j] ? 1 : 0);
            }
          expect(walk(diagram, (level) => values.get(level))).toBe(holds(asked, header, isMember));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is the same object for conditions of one meaning", () => {
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 4 }), (parts) => {
        const space = new Space(version, ["lo"]);
        const ask = (of: Condition) => space.condition(of, { isBefore: false, destination: undefined });
        // De Morgan, in another order.
        const negated = parts.toReversed().map((of): Condition => ({ kind: "not", of }));
        expect(ask({ kind: "not", of: { kind: "any", of: negated } })).toBe(ask({ kind: "all", of: parts }));
        expect(ask({ kind: "not", of: { kind: "all", of: negated } })).toBe(ask({ kind: "any", of: parts }));
      }),
      { numRuns: 300 },
    );
  });
});

test("views before and after translation, and of fixed destinations, are told apart", () => {
  const space = new Space(4, ["lo"]);
  const [a, b] = ADDRESSES[4];
  const views: readonly View[] = [
    { isBefore: false, destination: undefined },
    { isBefore: true, destination: undefined },
    { isBefore: false, destination: a },
    { isBefore: false, destination: b },
  ];
  const isMember: Condition = { kind: "member", side: "destination", set: addressesSet };
  const toPort: Condition = { kind: "field", field: "destination-port", first: 80, last: 80 };
  const toNet: Condition = { kind: "net", side: "destination", cidr: make.cidr("0.0.0.0/32") };
  const ask = (of: Condition) => views.map((view) => space.condition(of, view));
  expect(new Set(ask(isMember)).size).toBe(4);
  expect(new Set(ask(toPort)).size).toBe(2);
  expect(ask(toNet).slice(2)).toEqual([space.diagrams.yes, space.diagrams.no]);
});
