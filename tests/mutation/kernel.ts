import type { Artifact } from "../../compiler/index.ts";
import { formatIp } from "../../compiler/net/ip.ts";
import { Host, ownAddresses } from "../../compiler/semantics/evaluator/host.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import type { Variant } from "../kernel/installation.ts";
import { World } from "../kernel/world.ts";
import { PacketChoice } from "./choose-packets.ts";
import { type Mutant, withMutant } from "./mutant.ts";
import { Files, Resources } from "./readings.ts";
import type { Subject } from "./subject.ts";

/** What the kernel does with a mutant. */
export type Effect =
  /** `packets` get another verdict than from the unchanged files. */
  | { readonly kind: "harmful"; readonly packets: readonly Packet[] }
  | { readonly kind: "harmless"; readonly sent: number }
  /** The tools do not load it, so that nothing changes. */
  | { readonly kind: "refused"; readonly message: string };

/** A verdict that seems to have changed is asked for again, that often. */
const REPEATS = 3;

/** A node that runs in the kernel, with its own files or a mutant of them. */
export class KernelSubject {
  /** Compiled for the kernel of this machine. */
  readonly subject: Subject;
  /** Packets with which the kernel does not do what the unchanged files say, each time it is asked: not sent. */
  unsteady = 0;
  readonly #world: World;
  readonly #choice: PacketChoice;
  readonly #unchanged = new Map<Packet, boolean>();
  readonly #loaded = new Map<string, string>();

  private constructor(subject: Subject, world: World, choice: PacketChoice) {
    this.subject = subject;
    this.#world = world;
    this.#choice = choice;
    for (const { path, text } of subject.artifacts) this.#loaded.set(path, text);
  }

  /** `seed`: of the packets that are sent. */
  static async create(of: Subject, variant: Variant, seed: number): Promise<KernelSubject> {
    const { resources, ir, name } = of;
    const hostAddresses = addressesOfHost(of);
    const world = await World.create({
      resources,
      node: ir.node,
      variant,
      hostAddresses,
      outsideAddresses: [],
    });
    try {
      const { compilation, node } = world;
      const subject: Subject = {
        ...of,
        name,
        model: compilation.model,
        ir: node.ir,
        artifacts: node.artifacts,
      };
      const files = new Files(subject, new Resources(subject));
      const made = new KernelSubject(subject, world, new PacketChoice(subject, files, seed));
      await made.#measureUnchanged(files);
      return made;
    } catch (cause) {
      await world.close();
      throw cause;
    }
  }

  async #measureUnchanged(files: Files): Promise<void> {
    const packets = this.#choice.all;
    const rounds = [await this.#world.probe(packets), await this.#world.probe(packets)];
    for (const [i, packet] of packets.entries()) {
      const { allowed } = files.run(packet);
      if (rounds.every((arrived) => arrived[i] === allowed)) this.#unchanged.set(packet, allowed);
      else this.unsteady++;
    }
  }

  /** Loads the mutant and sends the packets that meet what it changes. */
  async effectOf(mutant: Mutant): Promise<Effect> {
    try {
      await this.#load(withMutant(this.subject.artifacts, mutant));
    } catch (cause) {
      this.#loaded.clear();
      return { kind: "refused", message: String(cause) };
    }
    const sent = this.#choice.for(mutant).filter((packet) => this.#unchanged.has(packet));
    let changed = await this.#changed(sent);
    for (let i = 1; i < REPEATS && changed.length > 0; i++) changed = await this.#changed(changed);
    return changed.length > 0
      ? { kind: "harmful", packets: changed }
      : { kind: "harmless", sent: sent.length };
  }

  async #changed(packets: readonly Packet[]): Promise<readonly Packet[]> {
    const arrived = await this.#world.probe(packets);
    return packets.filter((packet, i) => arrived[i] !== this.#unchanged.get(packet));
  }

  /** Only what differs from what is loaded: rules of one IP version are quickly replaced, sets are not. */
  async #load(artifacts: readonly Artifact[]): Promise<void> {
    const changed = artifacts.filter(({ path, text }) => this.#loaded.get(path) !== text);
    const areRules = changed.every(({ path }) => path === "iptables.restore" || path === "ip6tables.restore");
    if (areRules) for (const file of changed) await this.#world.loadRuleFile(file);
    else await this.#world.loadFiles(artifacts);
    for (const { path, text } of changed) this.#loaded.set(path, text);
  }

  async close(): Promise<void> {
    await this.#world.close();
  }
}

const SUBNET_LENGTHS = { 4: 24, 6: 64 } as const;

/** The node's own addresses, but those that its files give to devices of their own. */
function addressesOfHost({ model, ir }: Subject): readonly string[] {
  const node = model.all("node").get(ir.node);
  const tunnels = [
    node?.bgp?.ipipTunnelAddress,
    node?.vxlanTunnelAddress4,
    node?.vxlanTunnelAddress6,
    node?.wireguard.address4,
    node?.wireguard.address6,
  ];
  const made = new Set(tunnels.filter((ip) => ip !== undefined).map(formatIp));
  const own = ownAddresses(new Host(model, ir.settings, ir.node))
    .filter(({ version, length }) => length === (version === 4 ? 32 : 128))
    .map((ip) => ({ text: formatIp(ip), length: SUBNET_LENGTHS[ip.version] }))
    .filter(({ text }) => !made.has(text) && text !== "::1");
  return [...new Set(own.map(({ text, length }) => `${text}/${length}`))];
}
