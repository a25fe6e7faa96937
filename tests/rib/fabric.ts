import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printBird } from "../../compiler/backends/bird/print.ts";
import { formatCidr, hostCidr } from "../../compiler/net/cidr.ts";
import { formatIp } from "../../compiler/net/ip.ts";
import { hasAddress, type Speaker } from "../../compiler/semantics/rib/speaker.ts";
import { runTool } from "../../runtime/host/run.ts";

const TUNNEL = /^(cali|vxlan|tunl0|wireguard|wg-)/;
/** A reachableBy gateway passes packets on through the interface that they came by. */
const FORWARDING = [
  "net.ipv4.ip_forward=1",
  "net.ipv6.conf.all.forwarding=1",
  "net.ipv4.conf.all.rp_filter=0",
  "net.ipv4.conf.all.send_redirects=0",
  "net.ipv4.conf.default.send_redirects=0",
];
let serial = 0;

/**
 * Routers in network namespaces on one link, each with its BIRD: the interfaces and kernel routes of a `Speaker`,
 * and a gateway that routes between their networks. Tunnels and workloads, unless they speak BGP, lead nowhere: only routes matter here.
 */
export class Fabric {
  readonly #prefix = `rib${process.pid}-${serial++}`;
  readonly #speakers: readonly Speaker[];
  #linkLocals: ReadonlyMap<string, string> | undefined;
  readonly #directory: string;
  readonly #daemons: ChildProcess[] = [];

  private constructor(speakers: readonly Speaker[], directory: string) {
    this.#speakers = speakers;
    this.#directory = directory;
  }

  static async start(speakers: readonly Speaker[], passwords: ReadonlySet<string>): Promise<Fabric> {
    const fabric = new Fabric(speakers, await mkdtemp(join(tmpdir(), "calico-rib-")));
    try {
      await fabric.#build();
      await fabric.#startDaemons(passwords);
      for (const { name } of speakers) await fabric.#answering(name);
    } catch (cause) {
      await fabric.stop();
      throw cause;
    }
    return fabric;
  }

  /** Waits until a daemon that was started listens on its socket. */
  async #answering(name: string): Promise<void> {
    for (let patience = 100; ; patience--) {
      const { code, stderr } = await runTool("birdc", ["-s", this.#socket(name), "show", "status"]);
      if (code === 0) return;
      if (patience === 0) throw new Error(`BIRD of ${name} does not answer: ${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async birdc(name: string, ...command: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runTool("birdc", ["-s", this.#socket(name), ...command]);
    if (code !== 0) throw new Error(`birdc ${command.join(" ")} at ${name}: ${stderr}${stdout}`);
    return stdout;
  }

  async kernelRoutes(name: string, version: 4 | 6): Promise<string> {
    return must("ip", [`-${version}`, "-j", "-n", this.space(name), "route", "show", "proto", "bird"]);
  }

  /** Gives every daemon its file of another state; routers and interfaces stay the same. */
  async reconfigure(speakers: readonly Speaker[]): Promise<void> {
    for (const { name, config } of speakers) {
      await this.#writeConfig(name, config);
      await this.birdc(name, "configure");
    }
  }

  /** Whose link-local address is which: routers on one link name those as gateways. */
  async linkLocals(): Promise<ReadonlyMap<string, string>> {
    this.#linkLocals ??= await this.#readLinkLocals();
    return this.#linkLocals;
  }

  async #readLinkLocals(): Promise<ReadonlyMap<string, string>> {
    const known = new Map<string, string>();
    for (const { name, interfaces } of this.#speakers)
      for (const { name: dev, addresses } of interfaces) {
        const own = addresses.find(({ ip }) => ip.version === 6);
        if (own === undefined || TUNNEL.test(dev)) continue;
        const json = await must("ip", [
          "-6",
          "-j",
          "-n",
          this.space(name),
          "addr",
          "show",
          "dev",
          dev,
          "scope",
          "link",
        ]);
        const links = JSON.parse(json) as readonly { addr_info?: readonly { local?: string }[] }[];
        const [local] = links.flatMap(({ addr_info = [] }) => addr_info.flatMap((info) => info.local ?? []));
        if (local !== undefined) known.set(local, formatIp(own.ip));
      }
    return known;
  }

  async stop(): Promise<void> {
    const ended = this.#daemons.map(
      (daemon) =>
        new Promise<void>((resolve) => {
          if (daemon.exitCode !== null || daemon.signalCode !== null) resolve();
          else daemon.once("exit", () => resolve());
        }),
    );
    for (const daemon of this.#daemons) daemon.kill("SIGKILL");
    await Promise.all(ended);
    const spaces = [this.space("fabric"), ...this.#speakers.map(({ name }) => this.space(name))];
    await runTool("ip", ["-force", "-batch", "-"], {
      input: spaces.map((space) => `netns delete ${space}\n`).join(""),
    });
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #writeConfig(name: string, config: Speaker["config"]): Promise<string> {
    const file = join(this.#directory, `${this.#index(name)}.conf`);
    const [artifact] = printBird(config, name);
    await writeFile(file, artifact!.text);
    return file;
  }

  #index(name: string): number {
    return this.#speakers.findIndex((speaker) => speaker.name === name);
  }

  /** The speaker's network namespace. */
  space(name: string): string {
    return `${this.#prefix}-${name === "fabric" ? "fabric" : this.#index(name)}`;
  }

  #socket(name: string): string {
    return join(this.#directory, `${this.#index(name)}.ctl`);
  }

  async #build(): Promise<void> {
    const fabric = this.space("fabric");
    await batch(
      [],
      [`netns add ${fabric}`, ...this.#speakers.map(({ name }) => `netns add ${this.space(name)}`)],
    );
    const ports: string[] = [];
    for (const speaker of this.#speakers) {
      const space = this.space(speaker.name);
      const lines = ["link set lo up"];
      for (const dev of devices(speaker)) {
        if (TUNNEL.test(dev) && !leadsToSpeaker(speaker, dev, this.#speakers)) {
          const end = `end${lines.length}`;
          lines.push(`link add name ${dev} type veth peer name ${end}`, `link set ${end} up`);
        } else {
          const port = `p${ports.length}`;
          ports.push(port);
          lines.push(`link add name ${dev} type veth peer name ${port} netns ${fabric}`);
        }
        lines.push(`link set ${dev} up`);
      }
      for (const { name, addresses } of speaker.interfaces)
        for (const { ip, length } of addresses)
          lines.push(`addr add ${formatIp(ip)}/${length} dev ${name}${ip.version === 6 ? " nodad" : ""}`);
      await batch(["-n", space], lines);
    }
    const gateways = new Set(this.#speakers.flatMap((speaker) => gatewaysOf(speaker, this.#speakers)));
    await batch(
      ["-n", fabric],
      [
        "link set lo up",
        "link add name br0 type bridge",
        "link set br0 up",
        ...ports.flatMap((port) => [`link set ${port} master br0`, `link set ${port} up`]),
        ...[...gateways].map(
          (address) => `addr add ${address} dev br0${address.includes(":") ? " nodad" : ""}`,
        ),
      ],
    );
    for (const space of [fabric, ...this.#speakers.map(({ name }) => this.space(name))])
      await must("ip", ["netns", "exec", space, "sysctl", "-qw", ...FORWARDING]);
    for (const speaker of this.#speakers) await batch(["-n", this.space(speaker.name)], routeLines(speaker));
  }

  async #startDaemons(passwords: ReadonlySet<string>): Promise<void> {
    const secrets = [...passwords].map((symbol) => `define ${symbol} = "s3cret";\n`).join("");
    await writeFile(join(this.#directory, "bird.secrets.conf"), secrets);
    for (const { name, config } of this.#speakers) {
      const file = await this.#writeConfig(name, config);
      const args = [
        "netns",
        "exec",
        this.space(name),
        "/usr/sbin/bird",
        "-f",
        "-c",
        file,
        "-s",
        this.#socket(name),
      ];
      this.#daemons.push(spawn("ip", args, { stdio: "ignore", cwd: this.#directory }));
    }
  }
}

/** A workload that is a router itself is on the link like all others. */
function leadsToSpeaker({ kernelRoutes }: Speaker, dev: string, speakers: readonly Speaker[]): boolean {
  return kernelRoutes.some(
    ({ cidr, way }) =>
      cidr.length === hostCidr(cidr).length &&
      way.kind === "unicast" &&
      way.hops.some((hop) => hop.dev === dev) &&
      speakers.some((other) => hasAddress(other, cidr)),
  );
}

function devices({ interfaces, kernelRoutes }: Speaker): readonly string[] {
  const hops = kernelRoutes.flatMap(({ way }) =>
    way.kind === "unicast" ? way.hops.map(({ dev }) => dev) : [],
  );
  return [...new Set([...interfaces.map(({ name }) => name), ...hops])];
}

/** Gateways that no router has itself, with the length of their network. */
function gatewaysOf({ kernelRoutes, interfaces }: Speaker, speakers: readonly Speaker[]): readonly string[] {
  return kernelRoutes.flatMap(({ cidr, way }) => {
    const via = way.kind === "unicast" ? way.hops[0]?.via : undefined;
    if (cidr.length !== 0 || via === undefined || speakers.some((one) => hasAddress(one, via))) return [];
    const own = interfaces[0]?.addresses.find(({ ip }) => ip.version === via.version);
    return own === undefined ? [] : [`${formatIp(via)}/${own.length}`];
  });
}

function routeLines({ kernelRoutes }: Speaker): readonly string[] {
  return kernelRoutes.map(({ cidr, way, metric, protocol }) => {
    const tail = `${metric === 0 ? "" : ` metric ${metric}`} proto ${protocol}`;
    if (way.kind !== "unicast") return `route add ${way.kind} ${formatCidr(cidr)}${tail}`;
    const [hop] = way.hops;
    const target =
      hop!.via === undefined ? `dev ${hop!.dev}` : `via ${formatIp(hop!.via)} dev ${hop!.dev} onlink`;
    return `route add ${formatCidr(cidr)} ${target}${tail}`;
  });
}

async function batch(args: readonly string[], lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await must("ip", [...args, "-batch", "-"], lines.join("\n"));
}

async function must(tool: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await runTool(tool, args, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`${tool} ${args.join(" ")}: ${stderr}\n${input ?? ""}`);
  return stdout;
}
