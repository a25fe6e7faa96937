import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifact } from "../../../compiler/index.ts";
import { formatIp } from "../../../compiler/net/ip.ts";
import { TCP, UDP, UDPLITE } from "../../../compiler/semantics/condition.ts";
import { Evaluator } from "../../../compiler/semantics/evaluator/evaluate.ts";
import { Host as JudgedHost } from "../../../compiler/semantics/evaluator/host.ts";
import type { Packet } from "../../../compiler/semantics/packet.ts";
import { type Applied, apply } from "../../../runtime/apply/apply.ts";
import type { BirdPlace } from "../../../runtime/apply/target.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import {
  HOST_ADDRESSES,
  NODE,
  OUTSIDE_ADDRESSES,
  type Resource,
} from "../../kernel/generated-policies/inventory.ts";
import { packetsFor } from "../../kernel/generated-policies/packets.ts";
import { type CompiledNode, compileNode, Installation, type Variant } from "../../kernel/installation.ts";
import type { RandomChanges } from "./changes.ts";
import { filesOf } from "./files.ts";
import type { Flow, Space } from "./stream.ts";
import type { Verdicts } from "./timeline.ts";

const HOST = "host";
const OUTSIDE = "outside";
/** Of the probes; that of the stream is somewhere around it, and no policy tells them apart. */
const SOURCE_PORT = 40_000;

/** A host whose dataplane is changed by `apply`, and only by it. */
export class AppliedWorld {
  readonly #installation: Installation;
  readonly #directory: string;
  readonly host: LinuxHost;
  /** There is none: which routes others hear of decides on no packet here. */
  readonly bird: BirdPlace;
  /** As it was when the namespaces were made: workloads and addresses stay. */
  readonly #node: CompiledNode;
  readonly #variant: Variant;
  readonly packets: readonly Packet[];

  private constructor(
    installation: Installation,
    directory: string,
    node: CompiledNode,
    variant: Variant,
    packets: readonly Packet[],
  ) {
    this.#installation = installation;
    this.#directory = directory;
    this.#node = node;
    this.#variant = variant;
    this.packets = packets;
    this.bird = { config: join(directory, "bird.conf") };
    this.host = new LinuxHost({
      iptablesVariant: variant,
      netns: installation.host.host.name,
      stateDirectory: join(directory, "state"),
    });
  }

  /** `dress`: what the host is given at first instead of what was compiled; it has to mean the same. */
  static async create(
    variant: Variant,
    changes: RandomChanges,
    seed: number,
    dress: (artifacts: readonly Artifact[]) => readonly Artifact[] = (artifacts) => artifacts,
  ): Promise<AppliedWorld> {
    const node = await compileNode(filesOf(changes), NODE, variant);
    const installed = { ...node, artifacts: dress(node.artifacts) };
    const installation = await Installation.create(installed, variant, HOST_ADDRESSES, OUTSIDE_ADDRESSES);
    const directory = await mkdtemp(join(tmpdir(), "calico-atomicity-"));
    const packets = choosePackets(node, changes.everything(), seed);
    const world = new AppliedWorld(installation, directory, node, variant, packets);
    // Thousands of connections a second that nobody answers must not fill the table.
    for (const key of ["udp_timeout", "tcp_timeout_syn_sent", "tcp_timeout_close"])
      await world.space(HOST).run("sysctl", ["-qw", `net.netfilter.nf_conntrack_${key}=2`]);
    return world;
  }

  space(name: string) {
    return this.#installation.host.space(name);
  }

  spaces(): readonly Space[] {
    const names = [OUTSIDE, ...this.#node.workloads.map(({ name }) => name), HOST];
    return names.map((space) => ({
      space,
      netns: this.space(space).name,
      device: space === HOST ? null : "eth0",
    }));
  }

  flows(): readonly Flow[] {
    return this.packets.map((packet) => ({
      from: this.#senderOf(packet),
      to: this.#receiverOf(packet),
      source: formatIp(packet.source),
      destination: formatIp(packet.destination),
      protocol: packet.protocol,
      destinationPort: packet.destinationPort ?? null,
      type: null,
      code: null,
    }));
  }

  async compile(changes: RandomChanges): Promise<{ node: CompiledNode; verdicts: Verdicts }> {
    const node = await compileNode(filesOf(changes), NODE, this.#variant);
    const evaluator = new Evaluator(new JudgedHost(node.compilation.model, node.ir.settings, NODE));
    return { node, verdicts: this.packets.map((packet) => evaluator.evaluate(packet).allowed) };
  }

  async apply({ artifacts, ir }: CompiledNode): Promise<Applied> {
    const target = { node: NODE, artifacts: withoutBird(artifacts), ownership: ir.routing.ownership };
    return apply(this.host, target, { bird: this.bird });
  }

  async close(): Promise<void> {
    await this.#installation.host.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #senderOf({ arrivesBy }: Packet): string {
    if (arrivesBy === undefined) return HOST;
    if (arrivesBy === "eth0") return OUTSIDE;
    const found = this.#node.workloads.find(({ interfaceName }) => interfaceName === arrivesBy);
    if (found === undefined) throw new Error(`no namespace is behind ${arrivesBy}`);
    return found.name;
  }

  #receiverOf({ destination }: Packet): string {
    const address = formatIp(destination);
    const isHosts = address.startsWith("127.") || this.#installation.hostAddresses.has(address);
    return this.#node.receivers.get(address) ?? (isHosts ? HOST : OUTSIDE);
  }
}

export function withoutBird(artifacts: readonly Artifact[]): readonly Artifact[] {
  return artifacts.filter(({ path }) => path !== "bird.conf");
}

const FLOWS = 96;
const DRAWN = 2_000;

/** Of distinct ends, so that each probe is a connection of its own. */
function choosePackets(
  { ir }: CompiledNode,
  resources: readonly Resource[],
  seed: number,
): readonly Packet[] {
  const interfaces = new Map(ir.workloads.map(({ workload, interfaceName }) => [workload, interfaceName]));
  const drawn = packetsFor({ resources, seed }, interfaces, DRAWN)
    .filter(({ protocol }) => [TCP, UDP, UDPLITE].includes(protocol))
    .map((packet): Packet => ({ ...packet, sourcePort: SOURCE_PORT, connection: "new" }));
  const distinct = new Map(
    drawn.map((packet) => [
      [packet.source, packet.destination].map(formatIp).join(" ") +
        ` ${packet.protocol} ${packet.destinationPort}`,
      packet,
    ]),
  );
  return [...distinct.values()].slice(0, FLOWS);
}
