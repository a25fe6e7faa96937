import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Direction, ModelObject, ModelOf, Policy, PolicyRule } from "../ir/cluster-model.ts";
import type { SetMember } from "../ir/member-list.ts";
import type { IpSet, NodeIr, PolicyLists } from "../ir/node-ir.ts";
import * as make from "../ir/testing/objects.ts";
import { formatCidr } from "../net/cidr.ts";
import { formatIp } from "../net/ip.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import { matchesSelector } from "../syntax/selector/match.ts";
import { chooseWorkloads } from "./choose-workloads.ts";
import { Engine } from "./engine.ts";
import type { LabelledObject } from "./item.ts";
import { anyObject } from "./testing/cluster.ts";

/**
 * The engine against the plainest reading of the rules: every selector tried on every object, every policy on every
 * endpoint, with neither classes nor indexes.
 */

const cluster = fc
  .uniqueArray(anyObject, { selector: ({ kind, key }) => `${kind} ${key}`, minLength: 10, maxLength: 40 })
  .map((objects) => [...objects, make.node("n1")]);

function ofKind<K extends ModelObject["kind"]>(
  objects: readonly ModelObject[],
  kind: K,
): readonly ModelOf<K>[] {
  // The last of a key wins, as in the engine.
  return [...new Map(objects.map((o) => [`${o.kind} ${o.key}`, o])).values()].filter(
    (object): object is ModelOf<K> => object.kind === kind,
  );
}

function matches(objects: readonly ModelObject[], selector: Selector, object: LabelledObject): boolean {
  const profiles = ofKind(objects, "profile");
  const lists = [
    object.labels,
    ...object.profiles.map((name) => profiles.find((p) => p.name === name)?.labelsToApply ?? {}),
  ];
  return matchesSelector(
    selector.root,
    (label) => lists.find((labels) => Object.hasOwn(labels, label))?.[label],
  );
}

function labelled(objects: readonly ModelObject[]): readonly LabelledObject[] {
  return [
    ...ofKind(objects, "workload-endpoint").filter(({ addresses }) => addresses.length > 0),
    ...ofKind(objects, "host-endpoint"),
    ...ofKind(objects, "network-set"),
  ];
}

function addresses(object: LabelledObject): readonly string[] {
  switch (object.kind) {
    case "workload-endpoint":
      return object.addresses.map(formatCidr);
    case "host-endpoint":
      return object.expectedIps.map((ip) => `${formatIp(ip)}/${ip.version === 4 ? 32 : 128}`);
    case "network-set":
      return object.nets.map(formatCidr).flatMap((net) => HALVES[net] ?? [net]);
  }
}

const HALVES: Readonly<Record<string, readonly string[]>> = {
  "0.0.0.0/0": ["0.0.0.0/1", "128.0.0.0/1"],
  "::/0": ["::/1", "8000::/1"],
};
const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132, any: undefined };

/** Members as texts. */
function expectedMembers(objects: readonly ModelObject[], { definition }: IpSet): ReadonlySet<string> {
  switch (definition.kind) {
    case "selector":
      return new Set(
        labelled(objects)
          .filter((object) => matches(objects, definition.selector, object))
          .flatMap(addresses),
      );
    case "named-port": {
      const protocol = PROTOCOLS[definition.protocol];
      return new Set(
        labelled(objects)
          .filter((object) => object.kind !== "network-set")
          .filter((object) => matches(objects, definition.selector, object))
          .flatMap((object) =>
            object.ports
              .filter((p) => p.name === definition.port && (protocol ?? p.protocol) === p.protocol)
              .flatMap((p) => addresses(object).map((a) => `${a.split("/")[0]},${p.protocol}:${p.port}`)),
          ),
      );
    }
    case "service": {
      const slices = ofKind(objects, "service-slice").filter(
        ({ namespace, service }) => namespace === definition.namespace && service === definition.name,
      );
      return new Set(
        slices.flatMap((slice) =>
          slice.endpoints
            .flatMap((endpoint) => endpoint.addresses)
            .flatMap((ip) =>
              definition.withPorts
                ? slice.ports
                    .filter(({ port }) => port !== undefined)
                    .map(({ protocol, port }) => `${formatIp(ip)},${protocol}:${port}`)
                : [`${formatIp(ip)}/${ip.version === 4 ? 32 : 128}`],
            ),
        ),
      );
    }
    case "static":
      throw new Error("static sets have tests of their own");
  }
}

function memberText(member: SetMember): string {
  return member.kind === "net"
    ? formatCidr(member.cidr)
    : `${formatIp(member.ip)},${member.protocol}:${member.port}`;
}

/** `tier: policy, policy / default action`, tier by tier. */
function expectedLists(
  objects: readonly ModelObject[],
  endpoint: LabelledObject,
  direction: Direction,
  wanted: (policy: Policy) => boolean,
): readonly string[] {
  const tiers = ofKind(objects, "tier");
  const applying = ofKind(objects, "policy").filter(
    (p) => wanted(p) && p.directions.includes(direction) && matches(objects, p.selector, endpoint),
  );
  const names = [...new Set(applying.map((p) => p.tier))].sort((a, b) => {
    const [x, y] = [tiers.find((t) => t.name === a), tiers.find((t) => t.name === b)];
    if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
    if (x?.order !== y?.order) return (x?.order ?? 0) < (y?.order ?? 0) ? -1 : 1;
    return a < b ? -1 : 1;
  });
  return names.map((name) => {
    const policies = applying
      .filter((p) => p.tier === name)
      .sort((a, b) => {
        if (a.order !== b.order) return a.order < b.order ? -1 : 1;
        return `${a.name}/${a.namespace}/${a.policyKind}` < `${b.name}/${b.namespace}/${b.policyKind}`
          ? -1
          : 1;
      });
    const action = tiers.find((t) => t.name === name)?.defaultAction ?? "deny";
    return `${name}: ${policies.map((p) => `${p.staged ? "staged " : ""}${p.key}`).join(", ")} / ${action}`;
  });
}

function listTexts(lists: PolicyLists, direction: Direction): readonly string[] {
  return lists[direction].map(
    ({ tier, defaultAction, policies }) =>
      `${tier}: ${policies.map(({ id, staged }) => `${staged ? "staged " : ""}${id}`).join(", ")} / ${defaultAction}`,
  );
}

const NORMAL = (p: Policy): boolean => !p.doNotTrack && !p.preDnat;

function expectLists(
  objects: readonly ModelObject[],
  endpoint: LabelledObject,
  lists: PolicyLists,
  wanted: (policy: Policy) => boolean,
): void {
  for (const direction of ["ingress", "egress"] as const)
    expect(listTexts(lists, direction)).toEqual(expectedLists(objects, endpoint, direction, wanted));
}

function compiled(objects: readonly ModelObject[]): NodeIr {
  const engine = new Engine();
  engine.update(objects.map(make.add));
  return engine.nodeIr("n1");
}

/** Number of sets that a rule needs, by resources §2.5. */
function setsOf(rule: PolicyRule): number {
  let count = 0;
  for (const { selector, notSelector, ports, notPorts, service } of [rule.source, rule.destination]) {
    if (selector !== undefined && (ports.ranges.length > 0 || ports.names.length === 0)) count++;
    if (selector === undefined && notSelector !== undefined) count++;
    if (service !== undefined) count++;
    count += ports.names.length + notPorts.names.length;
  }
  return count;
}

describe("Engine and the plain reading of the rules", () => {
  test("agree on the members of every set", () => {
    fc.assert(
      fc.property(cluster, (objects) => {
        for (const set of compiled(objects).ipSets) {
          if (set.definition.kind === "static") continue;
          const members = [...set.members4, ...set.members6].map(memberText);
          expect(new Set(members), set.id).toEqual(expectedMembers(objects, set));
          expect(new Set(members).size).toBe(members.length);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test("agree on the sets that rules refer to", () => {
    fc.assert(
      fc.property(cluster, (objects) => {
        const ir = compiled(objects);
        const known = new Set(ir.ipSets.map(({ id }) => id));
        const used = new Set<string>();
        const policies = new Map(ofKind(objects, "policy").map((p) => [p.key, p]));
        for (const program of ir.policies) {
          const policy = policies.get(program.id);
          for (const direction of program.directions)
            for (const [i, rule] of program[direction].entries()) {
              const ids = rule.matches.flatMap((match) =>
                match.kind === "ports" ? match.sets : "set" in match ? [match.set] : [],
              );
              for (const id of ids) used.add(id);
              const source = policy?.[direction][i];
              expect(ids.length).toBe(source === undefined ? -1 : setsOf(source));
            }
        }
        for (const { ingress, egress } of ir.profiles)
          for (const { matches: list } of [...ingress, ...egress])
            for (const match of list)
              for (const id of match.kind === "ports" ? match.sets : "set" in match ? [match.set] : [])
                used.add(id);
        for (const id of used) expect(known.has(id), id).toBe(true);
        for (const { id, definition } of ir.ipSets)
          if (definition.kind !== "static") expect(used.has(id), id).toBe(true);
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  test("agree on the policies of every endpoint, their order, and what ends a tier", () => {
    fc.assert(
      fc.property(cluster, (objects) => {
        const ir = compiled(objects);
        const local = ofKind(objects, "workload-endpoint").filter(({ node }) => node === "n1");
        expect(ir.workloads.map(({ key }) => key)).toEqual(
          chooseWorkloads(local, ir.settings).chosen.map(({ key }) => key),
        );
        for (const { key, policies } of ir.workloads) {
          const endpoint = local.find((e) => e.key === key);
          if (endpoint !== undefined) expectLists(objects, endpoint, policies, NORMAL);
        }
        const hosts = ofKind(objects, "host-endpoint");
        for (const { name, interfaceName, normal, forward, untracked, preDnat } of ir.hostEndpoints) {
          const endpoint = hosts.find((e) => e.name === name);
          if (endpoint === undefined) throw new Error(`no such endpoint: ${name}`);
          expectLists(objects, endpoint, normal, NORMAL);
          expectLists(objects, endpoint, forward, (p) => NORMAL(p) && p.applyOnForward);
          expectLists(objects, endpoint, untracked, (p) => interfaceName !== "*" && p.doNotTrack);
          expect(listTexts(preDnat, "ingress")).toEqual(
            expectedLists(objects, endpoint, "ingress", (p) => p.preDnat && !p.doNotTrack),
          );
          expect(preDnat.egress).toEqual([]);
        }
      }),
      { seed: 9, numRuns: 300 },
    );
  });

  test("agree on the programs: what an endpoint uses, and what every node needs", () => {
    fc.assert(
      fc.property(cluster, (objects) => {
        const ir = compiled(objects);
        const lists = [
          ...ir.workloads.map(({ policies }) => policies),
          ...ir.hostEndpoints.flatMap((h) => [h.normal, h.forward, h.untracked, h.preDnat]),
        ];
        const used = lists
          .flatMap(({ ingress, egress }) => [...ingress, ...egress])
          .flatMap(({ policies }) => policies.filter(({ staged }) => !staged).map(({ id }) => id));
        const everywhere = ofKind(objects, "policy")
          .filter((p) => p.neededEverywhere && !p.staged)
          .map(({ key }) => key);
        expect(ir.policies.map(({ id }) => id)).toEqual([...new Set([...used, ...everywhere])].sort());
        const profiles = [...ir.workloads, ...ir.hostEndpoints].flatMap((e) => e.profiles);
        expect(ir.profiles.map(({ name }) => name)).toEqual([...new Set(profiles)].sort());
        const existing = new Set(ofKind(objects, "profile").map(({ name }) => name));
        for (const { name, missing } of ir.profiles) expect(missing).toBe(!existing.has(name));
      }),
      { seed: 10, numRuns: 200 },
    );
  });
});
