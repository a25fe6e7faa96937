import type { Artifact, Compilation, SourceFile } from "../../compiler/index.ts";
import type { FelixSettings } from "../../compiler/ir/felix-config.ts";
import { formatIp } from "../../compiler/net/ip.ts";
import { PORT_PROTOCOLS } from "../../compiler/semantics/condition.ts";
import { evaluate } from "../../compiler/semantics/evaluator/evaluate.ts";
import type { Verdict } from "../../compiler/semantics/evaluator/verdict.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { connectionKey, stateOnArrival } from "./connections.ts";
import { type CompiledNode, compileNode, Installation, type Variant } from "./installation.ts";
import { RawProber } from "./raw-prober.ts";
import type { TestHost } from "./test-host.ts";

/** The tools that a world is built with, for `missingForKernelTests`. */
export const WORLD_TOOLS: readonly string[] = [
  "ip",
  "ipset",
  "iptables-restore",
  "nft",
  "conntrack",
  "sysctl",
  "python3",
];

export interface WorldOptions {
  readonly resources: readonly SourceFile[];
  readonly node: string;
  readonly variant: Variant;
  /** Of the node's `eth0`, with prefix length. */
  readonly hostAddresses: readonly string[];
  /** Addresses with prefix length that sockets beyond `eth0` can use; raw packets need none. */
  readonly outsideAddresses: readonly string[];
}

export interface Disagreement {
  /** As it was sent: with the source port that it got if it had none. */
  readonly packet: Packet;
  /** Whether it arrived. */
  readonly kernel: boolean;
  readonly verdict: Verdict;
}

export interface LoadOptions {
  /** Leave connections alone, so that what was established before meets the new rules. */
  readonly keepConnections?: boolean;
}

const OUTSIDE = "outside";
const HOST = "host";

/** Milliseconds of silence after which nothing more is expected to arrive. */
const QUIET = 100;
/** Where whatever is missed gets a second chance of `LONG_QUIET`, because a busy machine may just be slow. */
const SHORT_QUIET = 40;
const LONG_QUIET = 500;

/** Source ports for packets that leave theirs open. Away from the ports that tests name. */
const FREE_PORTS = { first: 20_000, last: 59_999 };

/**
 * A host that runs what was compiled for one node, with real packets through the real kernel. Whatever is sent to an
 * address that is neither a workload's nor the host's arrives in the namespace behind `eth0`.
 */
export class World {
  readonly #options: WorldOptions;
  readonly #prober = new RawProber();
  /** Connections that the kernel may know of. */
  readonly #connections = new Set<string>();
  #node: CompiledNode;
  #installation: Installation;
  #nextId = 0;
  #nextPort = 0;

  private constructor(options: WorldOptions, node: CompiledNode, installation: Installation) {
    this.#options = options;
    this.#node = node;
    this.#installation = installation;
  }

  static async create(options: WorldOptions): Promise<World> {
    const node = await compileNode(options.resources, options.node, options.variant);
    const world = new World(options, node, await install(options, node));
    try {
      await world.#openSpaces();
    } catch (cause) {
      await world.close();
      throw cause;
    }
    return world;
  }

  /**
   * Replaces what is enforced by what these resources say. The namespaces, with their sockets, stay the same as long
   * as workloads and routes do.
   */
  async load(resources: readonly SourceFile[], { keepConnections = false }: LoadOptions = {}): Promise<void> {
    const node = await compileNode(resources, this.#options.node, this.#options.variant);
    if (this.#installation.fits(node)) {
      await this.#installation.replaceRules(node);
      this.#node = node;
      if (!keepConnections) await this.#forgetConnections();
      return;
    }
    for (const space of this.#spaces()) await this.#prober.forget(space);
    await this.#installation.host.close();
    this.#installation = await install(this.#options, node);
    this.#node = node;
    this.#connections.clear();
    await this.#openSpaces();
  }

  /** Enforces other rules and sets in the place of the node's compiled ones, with the same links and routes. */
  async loadFiles(artifacts: readonly Artifact[]): Promise<void> {
    await this.#installation.replaceRules({ ...this.#node, artifacts });
    await this.#forgetConnections();
  }

  /** Enforces other rules of one IP version; sets stay. Throws where the tools refuse them: then nothing changed. */
  async loadRuleFile(file: Artifact): Promise<void> {
    await this.#installation.replaceRuleFile(file);
    await this.#forgetConnections();
  }

  /** What was compiled for the node. */
  get node(): CompiledNode {
    return this.#node;
  }

  get compilation(): Compilation {
    return this.#node.compilation;
  }

  get settings(): FelixSettings {
    return this.#node.ir.settings;
  }

  /** The namespaces, for what raw packets cannot show: sockets, counters, connections. */
  get host(): TestHost {
    return this.#installation.host;
  }

  evaluate(packet: Packet): Verdict {
    const complete = this.#complete(packet);
    return evaluate(this.compilation.model, this.settings, this.#options.node, complete);
  }

  /** Sends each packet as the first of a new connection, and says which arrived where they were sent to. */
  async probe(packets: readonly Packet[]): Promise<readonly boolean[]> {
    const complete = packets.map((packet) => this.#complete(packet));
    return this.#measure(complete, QUIET);
  }

  /** The packets for which the kernel does not do what the resources say. */
  async disagreements(packets: readonly Packet[]): Promise<readonly Disagreement[]> {
    const complete = packets.map((packet) => this.#complete(packet));
    const arrived = await this.#measure(complete, SHORT_QUIET);
    const wrong = complete
      .map((packet, i) => ({ packet, kernel: arrived[i]!, verdict: this.evaluate(packet) }))
      .filter(({ kernel, verdict }) => kernel !== verdict.allowed);
    // Nothing arrives by chance, but under load something may come too late to be seen.
    const lost = wrong.filter(({ kernel }) => !kernel).map(({ packet }) => packet);
    const isThere = await this.#measure(lost, LONG_QUIET);
    const late = new Set(lost.filter((_, i) => isThere[i]));
    return wrong.filter(({ packet }) => !late.has(packet));
  }

  async close(): Promise<void> {
    this.#prober.stop();
    await this.#installation.host.close();
  }

  /** Fills in what a packet leaves open, so that it means the same to the evaluator and on the wire. */
  #complete(packet: Packet): Packet {
    if (packet.connection === "established" || packet.redirected !== undefined)
      throw new Error("raw packets are the first of their connection, and nothing redirects them");
    const isPortFree = PORT_PROTOCOLS.includes(packet.protocol) && packet.sourcePort === undefined;
    return {
      ...packet,
      connection: stateOnArrival(packet),
      sourcePort: isPortFree ? this.#freePort() : packet.sourcePort,
    };
  }

  #freePort(): number {
    return FREE_PORTS.first + (this.#nextPort++ % (FREE_PORTS.last - FREE_PORTS.first + 1));
  }

  /** In rounds: the same connection twice has to wait until the kernel has forgotten the first. */
  async #measure(packets: readonly Packet[], quiet: number): Promise<readonly boolean[]> {
    const arrived = new Map<Packet, boolean>();
    let left = packets;
    while (left.length > 0) {
      const round: Packet[] = [];
      const later: Packet[] = [];
      for (const packet of left) {
        const key = connectionKey(packet, (address) => this.#isLocal(address));
        (this.#connections.has(key) ? later : round).push(packet);
        this.#connections.add(key);
      }
      if (round.length > 0) await this.#send(round, quiet, arrived);
      if (later.length > 0) await this.#forgetConnections();
      left = later;
    }
    return packets.map((packet) => arrived.get(packet) ?? false);
  }

  async #send(packets: readonly Packet[], quiet: number, arrived: Map<Packet, boolean>): Promise<void> {
    const sent = packets.map((packet) => ({
      id: this.#nextId++,
      from: this.#senderOf(packet),
      source: formatIp(packet.source),
      destination: formatIp(packet.destination),
      protocol: packet.protocol,
      sourcePort: packet.sourcePort ?? null,
      destinationPort: packet.destinationPort ?? null,
      type: packet.icmp?.type ?? null,
      code: packet.icmp?.code ?? null,
    }));
    const arrivals = await this.#prober.probe(sent, quiet);
    for (const [i, packet] of packets.entries())
      arrived.set(packet, arrivals.get(sent[i]!.id)?.includes(this.#receiverOf(packet)) ?? false);
  }

  async #forgetConnections(): Promise<void> {
    await this.#installation.forgetConnections();
    this.#connections.clear();
  }

  #senderOf({ arrivesBy }: Packet): string {
    if (arrivesBy === undefined) return HOST;
    if (arrivesBy === "eth0") return OUTSIDE;
    const workload = this.#node.workloads.find(({ interfaceName }) => interfaceName === arrivesBy);
    if (workload === undefined) throw new Error(`no namespace is behind ${arrivesBy}`);
    return workload.name;
  }

  #receiverOf({ destination }: Packet): string {
    const address = formatIp(destination);
    return this.#node.receivers.get(address) ?? (this.#isHosts(address) ? HOST : OUTSIDE);
  }

  #isHosts(address: string): boolean {
    return address.startsWith("127.") || this.#installation.hostAddresses.has(address);
  }

  #isLocal(address: string): boolean {
    return this.#isHosts(address) || this.#node.receivers.has(address);
  }

  #spaces(): readonly string[] {
    return [OUTSIDE, ...this.#node.workloads.map(({ name }) => name), HOST];
  }

  async #openSpaces(): Promise<void> {
    for (const space of this.#spaces())
      await this.#prober.open(space, this.host.space(space).name, space === HOST ? undefined : "eth0");
  }
}

function install({ variant, hostAddresses, outsideAddresses }: WorldOptions, node: CompiledNode) {
  return Installation.create(node, variant, hostAddresses, outsideAddresses);
}
