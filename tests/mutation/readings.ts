import { hostCidr } from "../../compiler/net/cidr.ts";
import { compareIp } from "../../compiler/net/ip.ts";
import { Evaluator } from "../../compiler/semantics/evaluator/evaluate.ts";
import { Host, isOwnAddress } from "../../compiler/semantics/evaluator/host.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { membershipOf } from "../../compiler/semantics/simulator/membership.ts";
import type { Dataplane } from "../../compiler/semantics/simulator/program.ts";
import { readDataplanes } from "../../compiler/semantics/simulator/read.ts";
import { type Simulation, simulate } from "../../compiler/semantics/simulator/run.ts";
import { type Mutant, withMutant } from "./mutant.ts";
import type { Subject } from "./subject.ts";

/** What the resources of the subject say of one packet. */
export class Resources {
  readonly #evaluator: Evaluator;

  constructor({ model, ir }: Subject) {
    this.#evaluator = new Evaluator(new Host(model, ir.settings, ir.node));
  }

  allows(packet: Packet): boolean {
    return this.#evaluator.evaluate(packet).allowed;
  }

  isOwnAddress(ip: Packet["destination"]): boolean {
    return isOwnAddress(this.#evaluator.host, ip);
  }
}

/** What files do with one packet, step by step. */
export class Files {
  readonly dataplanes: ReturnType<typeof readDataplanes>;
  readonly #resources: Resources;
  readonly #memberships;

  /** Of the subject's own files, or those with the mutant among them. */
  constructor({ artifacts }: Subject, resources: Resources, mutant?: Mutant) {
    this.dataplanes = readDataplanes(mutant === undefined ? artifacts : withMutant(artifacts, mutant));
    this.#memberships = {
      4: membershipOf(this.dataplanes[4].sets),
      6: membershipOf(this.dataplanes[6].sets),
    };
    this.#resources = resources;
  }

  run(packet: Packet): Simulation {
    return this.#simulate(this.dataplanes[packet.source.version], packet);
  }

  /** Takes it as given that routes lead where the packet says that it leaves. */
  runAsRouted(packet: Packet): Simulation {
    const dataplane = this.dataplanes[packet.source.version];
    const { destination, leavesBy, redirected } = packet;
    // Redirected to another port only, it may leave by another interface: no route by destination says so.
    if (redirected !== undefined && compareIp(redirected.destination, destination) === 0)
      return this.run(packet);
    const after = redirected && { ip: redirected.destination, device: redirected.leavesBy ?? leavesBy };
    const routes = [
      ...(after === undefined ? [] : [{ cidr: hostCidr(after.ip), device: after.device }]),
      { cidr: hostCidr(destination), device: leavesBy },
      ...dataplane.routes,
    ];
    return this.#simulate({ ...dataplane, routes }, packet);
  }

  #simulate(dataplane: Dataplane, packet: Packet): Simulation {
    return simulate(dataplane, packet, {
      isLocalAddress: (ip) => this.#resources.isOwnAddress(ip),
      isMember: this.#memberships[packet.source.version],
    });
  }
}
