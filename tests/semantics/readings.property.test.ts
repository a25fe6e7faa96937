import { describe, expect, test } from "vitest";
import type { SetDefinition } from "../../compiler/semantics/condition.ts";
import { Evaluator, routeOf } from "../../compiler/semantics/evaluator/evaluate.ts";
import { Host, isOwnAddress, LOOPBACK, ownAddresses } from "../../compiler/semantics/evaluator/host.ts";
import type { ModelSet } from "../../compiler/semantics/evaluator/members.ts";
import type { Route } from "../../compiler/semantics/evaluator/route.ts";
import { holds } from "../../compiler/semantics/holds.ts";
import type { ConnectionState, Packet } from "../../compiler/semantics/packet.ts";
import { membershipOf } from "../../compiler/semantics/simulator/membership.ts";
import { isNeverTracked } from "../../compiler/semantics/simulator/never-tracked.ts";
import type { Dataplane } from "../../compiler/semantics/simulator/program.ts";
import { readDataplanes } from "../../compiler/semantics/simulator/read.ts";
import { routeTo } from "../../compiler/semantics/simulator/routing.ts";
import { simulate } from "../../compiler/semantics/simulator/run.ts";
import { DataplaneReading } from "../../compiler/semantics/symbolic/dataplane.ts";
import type { Diagram } from "../../compiler/semantics/symbolic/diagram.ts";
import type { Outcome, Sealing } from "../../compiler/semantics/symbolic/reading.ts";
import { ResourceReading } from "../../compiler/semantics/symbolic/resources.ts";
import { definitionsOf } from "../../compiler/semantics/verify/definitions.ts";
import { interfacesToTellApart } from "../../compiler/semantics/verify/routes.ts";
import { Draw } from "../draw.ts";
import { drawPackets } from "../mutation/draw-packets.ts";
import { type Subject, subjects } from "../mutation/subject.ts";
import { WalkedSpace } from "./walked-space.ts";

/**
 * `READINGS_SEED`, `READINGS_PACKETS` (for each node and IP version; sheets have a tenth) and `READINGS_SHEETS=1` (all
 * sheets instead of one of four) are for long runs.
 */
const SEED = Number(process.env.READINGS_SEED ?? 20261125);
const PACKETS = Number(process.env.READINGS_PACKETS ?? 250);

const ONE_SHEET_OF = Number(process.env.READINGS_SHEETS ?? 4);
const SUBJECTS = subjects().filter(({ isOfSheet }, i) => !isOfSheet || i % ONE_SHEET_OF === 0);

const SEALINGS: readonly Sealing[] = ["endpoints", "policies", "nothing"];
const CONNECTIONS: readonly ConnectionState[] = ["new", "new", "new", "established", "related", "invalid"];

/** Packets at the edges of rules, in every state, with marks of others, redirected by others, on any interface. */
function packetsOf(subject: Subject, dataplane: Dataplane, interfaces: readonly string[]): readonly Packet[] {
  const draw = new Draw(SEED);
  const drawn = drawPackets(subject, dataplane, subject.isOfSheet ? PACKETS / 10 : PACKETS, SEED);
  return drawn.map((packet) => {
    const other = draw.from(drawn)!;
    // Redirected to where it was going anyway, a packet counts as not redirected; and neighbours' messages never are.
    const isRedirected =
      draw.chance(0.3) &&
      other.destination.value !== packet.destination.value &&
      !holds(isNeverTracked(dataplane.version), packet, () => false);
    const arrivesBy = draw.chance(0.1) ? draw.from(interfaces) : packet.arrivesBy;
    const leaving = (destination: Packet["destination"]) =>
      routeTo(dataplane, destination)?.device ?? draw.from(interfaces)!;
    const port = packet.destinationPort === undefined ? undefined : draw.from([80, packet.destinationPort]);
    return {
      ...packet,
      arrivesBy: packet.arrivesBy === undefined || arrivesBy === LOOPBACK ? packet.arrivesBy : arrivesBy,
      leavesBy: leaving(packet.destination),
      connection: draw.from(CONNECTIONS)!,
      mark: draw.chance(0.2) ? draw.from([1, 0x8000_0000, 0xffff_ffff, 0x1b_0000])! : 0,
      ...(isRedirected
        ? {
            redirected: {
              destination: other.destination,
              destinationPort: port,
              leavesBy: leaving(other.destination),
            },
          }
        : {}),
    };
  });
}

/** Both symbolic readings of one IP version at one depth. */
class Readings {
  readonly #evaluator: Evaluator;
  readonly #space: WalkedSpace;
  readonly #resources: ResourceReading;
  readonly #text: DataplaneReading;

  constructor(evaluator: Evaluator, dataplane: Dataplane, sealing: Sealing) {
    const { host } = evaluator;
    const contents = (set: SetDefinition) => host.sets.contents(set as ModelSet);
    this.#evaluator = evaluator;
    this.#space = new WalkedSpace(
      dataplane.version,
      interfacesToTellApart(host, dataplane),
      sealing === "nothing" ? contents : undefined,
    );
    this.#resources = new ResourceReading(this.#space, host, sealing);
    this.#text = new DataplaneReading(this.#space, dataplane, ownAddresses(host), sealing);
  }

  /** What both say of the packet; parts of the resources must be known before the text is read. */
  say(packet: Packet): { readonly resources: Outcome; readonly text: Outcome } {
    const resources = this.#on(packet, (route) => this.#resources.outcomes(route));
    return { resources, text: this.#on(packet, (route) => this.#text.outcomes(route)) };
  }

  /** A packet that does not take its way with its destination translated takes the one without. */
  #on(packet: Packet, outcomesOf: (route: Route) => Diagram<Outcome>): Outcome {
    const along = (isTranslated: boolean) => {
      const journey = routeOf(this.#evaluator.host, packet, isTranslated);
      return this.#space.follow(outcomesOf(journey.route), packet, journey, this.#evaluator.isMember);
    };
    const outcome = along(true);
    return outcome === "elsewhere" ? along(false) : outcome;
  }
}

const tally = { allowed: 0, denied: 0 };

describe.each(SUBJECTS)("both readings of $name", (subject) => {
  const { model, ir, artifacts } = subject;
  const host = new Host(model, ir.settings, ir.node);
  const evaluator = new Evaluator(host);
  const definitions = definitionsOf(host, ir.ipSets);
  // For the proof the text's sets are those of the resources, for one packet they are what the text says.
  const symbolic = readDataplanes(artifacts, (set) => definitions.get(set));
  const concrete = readDataplanes(artifacts);
  const versions = ir.settings.ipv6Support ? ([4, 6] as const) : ([4] as const);

  test.each(versions)("say of all packets what the concrete ones say of each, IPv%i", (version) => {
    const dataplane = concrete[version];
    const interfaces = interfacesToTellApart(host, symbolic[version]).filter((name) => name !== LOOPBACK);
    const isMember = membershipOf(dataplane.sets);
    const isLocalAddress = (ip: Packet["source"]) => isOwnAddress(host, ip);
    const readings = SEALINGS.map((sealing) => new Readings(evaluator, symbolic[version], sealing));
    for (const packet of packetsOf(subject, dataplane, interfaces)) {
      const evaluated = evaluator.evaluate(packet).allowed ? "allow" : "deny";
      const simulated = simulate(dataplane, packet, { isLocalAddress, isMember }).allowed ? "allow" : "deny";
      if (evaluated === "allow") tally.allowed++;
      else tally.denied++;
      const said = readings.map((reading) => reading.say(packet));
      expect({ packet, said }).toEqual({
        packet,
        said: SEALINGS.map(() => ({ resources: evaluated, text: simulated })),
      });
    }
  });
});

test("among the packets are enough of both ends", () => {
  const { allowed, denied } = tally;
  process.stdout.write(
    `${SUBJECTS.length} nodes: ${allowed} packets allowed, ${denied} denied, seed ${SEED}\n`,
  );
  expect(Math.min(allowed, denied)).toBeGreaterThan((allowed + denied) / 10);
});
