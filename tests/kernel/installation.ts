import {
  type Artifact,
  type Compilation,
  compile,
  type HostFeatures,
  type NodeIr,
  type SourceFile,
} from "../../compiler/index.ts";
import { formatIp } from "../../compiler/net/ip.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { TestHost, type TestWorkload } from "./test-host.ts";

export type Variant = "nft" | "legacy";

/** One node, compiled for the machine that the tests run on. */
export interface CompiledNode {
  readonly compilation: Compilation;
  readonly ir: NodeIr;
  readonly artifacts: readonly Artifact[];
  /** Every workload of the node that has an interface, also where it gets no place in the dataplane. */
  readonly workloads: readonly TestWorkload[];
  /** Name of the workload that packets to an address reach, floating ones included. */
  readonly receivers: ReadonlyMap<string, string>;
}

const known = new Map<Variant, Promise<HostFeatures>>();

/** What this machine can do; found out once. */
function featuresOf(variant: Variant): Promise<HostFeatures> {
  const features = known.get(variant) ?? detectFeatures(variant);
  known.set(variant, features);
  return features;
}

/** Compiles the node; resources that are in error are an error of the test. */
export async function compileNode(
  files: readonly SourceFile[],
  node: string,
  variant: Variant,
): Promise<CompiledNode> {
  const features = await featuresOf(variant);
  const compilation = compile(files, { features, compilerVersion: "test", nodes: [node] });
  const [compiled] = compilation.nodes;
  if (compiled?.artifacts === undefined) {
    const errors = compilation.diagnostics.filter(({ severity }) => severity === "error");
    throw new Error(`${node} cannot be compiled:\n${errors.map(({ message }) => message).join("\n")}`);
  }
  return {
    compilation,
    ir: compiled.ir,
    artifacts: compiled.artifacts,
    ...endpoints(compilation, compiled.ir),
  };
}

function endpoints({ model }: Compilation, ir: NodeIr) {
  const workloads = new Map<string, TestWorkload>();
  const receivers = new Map<string, string>();
  const served = new Set(ir.workloads.map(({ key }) => key));
  const ofNode = [...model.all("workload-endpoint").values()].filter(
    ({ node, interfaceName }) => node === ir.node && interfaceName !== "",
  );
  // Of several on one interface the served one is the one whose namespace it is.
  for (const endpoint of ofNode.toSorted((a, b) => Number(served.has(b.key)) - Number(served.has(a.key)))) {
    const { interfaceName, workload: name } = endpoint;
    const addresses = endpoint.addresses.map((cidr) => formatIp(cidr));
    if (!workloads.has(interfaceName)) workloads.set(interfaceName, { name, interfaceName, addresses });
    if (!served.has(endpoint.key)) continue;
    for (const address of addresses) receivers.set(address, name);
    if (!ir.settings.floatingIps) continue;
    for (const { external } of endpoint.floatingIps) receivers.set(formatIp(external), name);
  }
  return { workloads: [...workloads.values()], receivers };
}

/** Files that make links, routes and sysctls; the others can be loaded again and again. */
const NETWORK_FILES = ["ip.batch", "ip6.batch", "bridge.batch", "tc.batch", "sysctl.conf"];

const TABLES = ["raw", "mangle", "nat", "filter"];

/** A compiled node on its host, in namespaces of its own. */
export class Installation {
  readonly host: TestHost;
  readonly #variant: Variant;
  readonly #network: string;
  /** Addresses of the host's own interfaces. */
  hostAddresses: ReadonlySet<string> = new Set();

  private constructor(host: TestHost, variant: Variant, network: string) {
    this.host = host;
    this.#variant = variant;
    this.#network = network;
  }

  static async create(
    node: CompiledNode,
    variant: Variant,
    hostAddresses: readonly string[],
    outsideAddresses: readonly string[],
  ): Promise<Installation> {
    const { workloads } = node;
    const host = await TestHost.create({ variant, hostAddresses, outsideAddresses, workloads });
    try {
      const made = new Installation(host, variant, networkOf(node));
      await made.#openToAllAddresses(node);
      await host.install(node.artifacts);
      made.hostAddresses = await addressesOf(host);
      return made;
    } catch (cause) {
      await host.close();
      throw cause;
    }
  }

  /** Whether the node needs the same links and routes, so that `replaceRules` is all that it takes. */
  fits(node: CompiledNode): boolean {
    return networkOf(node) === this.#network;
  }

  async replaceRules({ artifacts }: CompiledNode): Promise<void> {
    const empty = TABLES.map((table) => `*${table}\nCOMMIT\n`).join("");
    for (const tool of ["iptables", "ip6tables"])
      await this.host.host.run(`${tool}-${this.#variant}-restore`, [], empty);
    await this.host.host.run("ipset", ["destroy"]);
    await this.host.host.run("nft", ["-f", "-"], "table arp calico-arp\ndelete table arp calico-arp\n");
    await this.host.install(artifacts.filter(({ path }) => !NETWORK_FILES.includes(path)));
  }

  /** Puts one file of rules in the place of all rules of its IP version, at once; sets stay. */
  async replaceRuleFile({ path, text }: Artifact): Promise<void> {
    await this.host.host.run(path.replace(".restore", `-${this.#variant}-restore`), [], text);
  }

  async forgetConnections(): Promise<void> {
    await this.host.host.run("conntrack", ["-F"]);
  }

  /**
   * Lets packets of any address travel both ways: no neighbour is asked for, because both ends of a wire have one
   * hardware address, and what has no other route goes to `eth0`.
   */
  async #openToAllAddresses({ workloads }: CompiledNode): Promise<void> {
    const { host } = this.host;
    await host.run("sysctl", [
      "-qw",
      "net.ipv4.conf.all.rp_filter=0",
      "net.ipv4.conf.eth0.rp_filter=0",
      // Linux checks UDP-Lite with the protocol number of UDP: to it every correct packet is invalid.
      "net.netfilter.nf_conntrack_checksum=0",
    ]);
    const wires = [
      { device: "eth0", space: this.host.space("outside") },
      ...workloads.map(({ name, interfaceName }) => ({
        device: interfaceName,
        space: this.host.space(name),
      })),
    ];
    for (const { device, space } of wires) {
      const links = JSON.parse(await host.run("ip", ["-j", "link", "show", device])) as readonly {
        readonly address: string;
      }[];
      await host.run("ip", ["link", "set", device, "arp", "off"]);
      await space.run("ip", ["link", "set", "eth0", "address", links[0]!.address, "arp", "off"]);
    }
    for (const space of [host, this.host.space("outside")])
      for (const family of ["-4", "-6"])
        await space.run("ip", [family, "route", "add", "default", "dev", "eth0"]);
  }
}

function networkOf({ artifacts, workloads }: CompiledNode): string {
  return JSON.stringify([workloads, artifacts.filter(({ path }) => NETWORK_FILES.includes(path))]);
}

async function addressesOf({ host }: TestHost): Promise<ReadonlySet<string>> {
  const links = JSON.parse(await host.run("ip", ["-j", "address"])) as readonly {
    readonly addr_info: readonly { readonly local: string }[];
  }[];
  return new Set(links.flatMap(({ addr_info }) => addr_info.map(({ local }) => local)));
}
