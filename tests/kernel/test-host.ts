import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Artifact } from "../../compiler/index.ts";
import { Namespace } from "./namespace.ts";

/** A local workload of the host under test: its veth is named as the artifacts expect. */
export interface TestWorkload {
  readonly name: string;
  readonly interfaceName: string;
  /** Without prefix length, at most one of each family. */
  readonly addresses: readonly string[];
}

export interface TestHostOptions {
  readonly variant: "nft" | "legacy";
  /** Addresses with prefix length of the host's `eth0`. */
  readonly hostAddresses: readonly string[];
  /** Addresses with prefix length of the outside world, on the same link as `eth0`: routers, other nodes, clients. */
  readonly outsideAddresses: readonly string[];
  readonly workloads: readonly TestWorkload[];
}

/** The link-local address of every host-side veth: Calico gives them all the same MAC. */
const VETH_MAC = "ee:ee:ee:ee:ee:ee";
const VETH_LINK_LOCAL = "fe80::ecee:eeff:feee:eeee";
const OUTSIDE = "outside";

/**
 * One host in network namespaces: the host itself, one namespace per local workload, and one for everything beyond
 * `eth0`. `install` loads a bundle with the stock tools, the way `apply` would on an empty host.
 */
export class TestHost {
  readonly host: Namespace;
  readonly #options: TestHostOptions;
  readonly #spaces = new Map<string, Namespace>();
  #probes = 0;

  private constructor(host: Namespace, options: TestHostOptions) {
    this.host = host;
    this.#options = options;
  }

  static async create(options: TestHostOptions): Promise<TestHost> {
    const made = new TestHost(await Namespace.create("host"), options);
    try {
      await made.#connectOutside();
      for (const workload of options.workloads) await made.#connectWorkload(workload);
    } catch (cause) {
      await made.close();
      throw cause;
    }
    return made;
  }

  async #connectOutside(): Promise<void> {
    const outside = await this.#space(OUTSIDE);
    await this.#veth("eth0", outside, "eth0");
    for (const address of this.#options.hostAddresses) await addAddress(this.host, "eth0", address);
    for (const address of this.#options.outsideAddresses) await addAddress(outside, "eth0", address);
    await this.host.run("ip", ["link", "set", "eth0", "up"]);
    await outside.run("ip", ["link", "set", "eth0", "up"]);
  }

  async #connectWorkload({ name, interfaceName, addresses }: TestWorkload): Promise<void> {
    const space = await this.#space(name);
    await this.#veth(interfaceName, space, "eth0");
    await this.host.run("ip", ["link", "set", interfaceName, "address", VETH_MAC]);
    await this.host.run("ip", ["link", "set", interfaceName, "up"]);
    await space.run("sysctl", ["-qw", "net.ipv6.conf.eth0.accept_dad=0"]);
    await space.run("ip", ["link", "set", "eth0", "up"]);
    for (const address of addresses)
      await addAddress(space, "eth0", `${address}/${address.includes(":") ? 128 : 32}`);
    if (addresses.some((address) => !address.includes(":"))) {
      await space.run("ip", ["route", "add", "169.254.1.1", "dev", "eth0", "scope", "link"]);
      await space.run("ip", ["route", "add", "default", "via", "169.254.1.1", "dev", "eth0"]);
    }
    if (addresses.some((address) => address.includes(":")))
      await space.run("ip", ["-6", "route", "add", "default", "via", VETH_LINK_LOCAL, "dev", "eth0"]);
  }

  async #space(name: string): Promise<Namespace> {
    const made = await Namespace.create(name);
    this.#spaces.set(name, made);
    return made;
  }

  async #veth(name: string, peerSpace: Namespace, peerName: string): Promise<void> {
    await this.host.run("ip", [
      "link",
      "add",
      name,
      "type",
      "veth",
      "peer",
      "name",
      peerName,
      "netns",
      peerSpace.name,
    ]);
    await this.host.run("sysctl", ["-qw", `net.ipv6.conf.${name.replaceAll(".", "/")}.accept_dad=0`]);
  }

  /** Loads every file of the bundle that has a stock tool; anything a tool refuses fails the test. */
  async install(artifacts: readonly Artifact[]): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "calico-bundle-"));
    try {
      for (const { path, text } of artifacts) {
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), text);
      }
      const present = new Set(artifacts.map(({ path }) => path));
      for (const { file, tool, args, stdin } of this.#loaders()) {
        if (!present.has(file)) continue;
        const path = join(directory, file);
        const text = artifacts.find((a) => a.path === file)!.text;
        await this.host.run(tool, stdin ? args : [...args, path], stdin ? text : undefined);
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** In the order in which an empty host can take them: sets before the rules that name them, links before routes. */
  #loaders() {
    const { variant } = this.#options;
    const loader = (file: string, tool: string, args: readonly string[], stdin = false) => ({
      file,
      tool,
      args,
      stdin,
    });
    return [
      loader("ipset.restore", "ipset", ["restore"], true),
      loader("iptables.restore", `iptables-${variant}-restore`, ["--noflush"], true),
      loader("ip6tables.restore", `ip6tables-${variant}-restore`, ["--noflush"], true),
      loader("arp.nft", "nft", ["-f"]),
      loader("ip.batch", "ip", ["-batch"]),
      loader("ip6.batch", "ip", ["-6", "-batch"]),
      loader("bridge.batch", "bridge", ["-batch"]),
      loader("tc.batch", "tc", ["-batch"]),
      loader("sysctl.conf", "sysctl", ["-q", "-p"]),
    ];
  }

  /** The namespace of a workload, of `"outside"`, or of `"host"`. */
  space(name: string): Namespace {
    const found = name === "host" ? this.host : this.#spaces.get(name);
    if (found === undefined) throw new Error(`no namespace ${name} in this test host`);
    return found;
  }

  /**
   * Sends one new connection and says whether it got through: a TCP connection opened, a UDP datagram received.
   * `timeout` in milliseconds is how long silence must last to count as a drop.
   */
  async reaches(probe: Probe, timeout = 400): Promise<boolean> {
    const id = this.#probes++;
    const from = await this.space(probe.from).prober();
    const outcome = await from.probe(id, probe, timeout);
    return probe.protocol === "tcp" ? outcome === "open" : (await this.space(probe.to).prober()).received(id);
  }

  async close(): Promise<void> {
    for (const space of this.#spaces.values()) await space.close();
    await this.host.close();
  }
}

export interface Probe {
  readonly from: string;
  readonly to: string;
  readonly protocol: "tcp" | "udp";
  /** Address that the probe comes from, one of the sending namespace's. */
  readonly source: string;
  readonly address: string;
  readonly port: number;
}

async function addAddress(space: Namespace, device: string, address: string): Promise<void> {
  const nodad = address.includes(":") ? ["nodad"] : [];
  await space.run("ip", ["address", "add", address, "dev", device, ...nodad]);
}
