import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Artifact, compile, type HostFeatures, type NodeCompilation } from "../../compiler/index.ts";
import { TestHost } from "../../tests/kernel/test-host.ts";
import {
  CLIENT,
  HOST_ADDRESS,
  NODE,
  type NodeSize,
  nodeResources,
  OUTSIDE_ADDRESS,
  PORTS,
  SERVER,
} from "./policies.ts";
import { type Cost, costOfPacket } from "./walk.ts";

const TRAFFIC = fileURLToPath(new URL("./traffic.py", import.meta.url));
const SERVER_PORTS = [PORTS.connect, PORTS.echo, PORTS.stream].map(String);
/** In the server's own namespace: nobody answers the SYN that is counted, so it stays the only packet. */
const NO_ANSWER =
  "table ip unanswered { chain input { type filter hook input priority 0; tcp flags syn drop\n}\n}\n";

/** One measurement; see `traffic.py`. */
export interface Figures {
  /** Packets per second of one UDP stream, 1,400 bytes each. */
  readonly packets: number;
  /** Nanoseconds of a UDP round trip. */
  readonly p50: number;
  readonly p99: number;
  /** TCP connections opened per second, one after the other. */
  readonly connections: number;
}

export interface TestbedOptions extends NodeSize {
  readonly variant: "nft" | "legacy";
  readonly features: HostFeatures;
  /** False leaves the host its routes and sysctls only: the same path with no rules. */
  readonly rules: boolean;
}

/** A host between client and server with the compiled rules loaded, and the server running. */
export class Testbed {
  readonly #host: TestHost;
  readonly #options: TestbedOptions;
  #server: ChildProcess | undefined;

  private constructor(host: TestHost, options: TestbedOptions) {
    this.#host = host;
    this.#options = options;
  }

  static async create(options: TestbedOptions): Promise<Testbed> {
    const compiled = compileNode(options);
    const interfaces = new Map(compiled.ir.workloads.map((w) => [w.workload, w.interfaceName]));
    const host = await TestHost.create({
      variant: options.variant,
      hostAddresses: [HOST_ADDRESS],
      outsideAddresses: [OUTSIDE_ADDRESS],
      workloads: [CLIENT, SERVER].map(({ name, address }) => ({
        name,
        interfaceName: interfaces.get(name)!,
        addresses: [address],
      })),
    });
    const testbed = new Testbed(host, options);
    try {
      const idle = [...interfaces].filter(([name]) => name !== CLIENT.name && name !== SERVER.name);
      await testbed.#addIdleLinks(idle.map(([, interfaceName]) => interfaceName));
      // The host answers ARP for the workloads' gateway only if it has a route to it.
      await host.host.run("ip", ["route", "add", "default", "via", OUTSIDE_ADDRESS.replace(/\/.*/, "")]);
      await host.install(options.rules ? compiled.artifacts! : compiled.artifacts!.filter(isNoRule));
      testbed.#server = await testbed.#startServer();
    } catch (cause) {
      await testbed.close();
      throw cause;
    }
    return testbed;
  }

  /** The other pods send nothing here, but the artifacts name their interfaces. */
  async #addIdleLinks(names: readonly string[]): Promise<void> {
    const lines = names.flatMap((name, i) => [
      `link add ${name} type veth peer name idle${i}`,
      `link set ${name} up`,
    ]);
    await this.#host.host.run("ip", ["-batch", "-"], `${lines.join("\n")}\n`);
  }

  async #startServer(): Promise<ChildProcess> {
    const namespace = this.#host.space(SERVER.name).name;
    const child = spawn(
      "ip",
      ["netns", "exec", namespace, "python3", TRAFFIC, "serve", SERVER.address, ...SERVER_PORTS],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    const ready = once(child.stdout, "data");
    const ended = once(child, "exit").then(() => {
      throw new Error("the benchmark's server ended before it was ready");
    });
    ended.catch(() => undefined);
    await Promise.race([ready, ended]);
    return child;
  }

  async #client(...args: readonly string[]): Promise<string> {
    return this.#host.space(CLIENT.name).run("python3", [TRAFFIC, ...args]);
  }

  /** Each of the three measurements for `seconds`. */
  async measure(seconds: number): Promise<Figures> {
    const text = await this.#client("measure", SERVER.address, ...SERVER_PORTS, String(seconds));
    return JSON.parse(text) as Figures;
  }

  /** What the SYN of a new connection meets, and what a further datagram of an answered UDP flow meets. */
  async cost(): Promise<{ readonly fresh: Cost; readonly established: Cost }> {
    await this.#client("echo", SERVER.address, String(PORTS.echo));
    const established = await this.#costOf("quiet", PORTS.echo);
    await this.#host.space(SERVER.name).run("nft", ["-f", "-"], NO_ANSWER);
    const fresh = await this.#costOf("syn", PORTS.connect);
    await this.#host.space(SERVER.name).run("nft", ["delete", "table", "ip", "unanswered"]);
    return { fresh, established };
  }

  async #costOf(verb: "quiet" | "syn", port: number): Promise<Cost> {
    const save = () => this.#host.host.run(`iptables-${this.#options.variant}-save`, ["-c"]);
    const before = await save();
    await this.#client(verb, SERVER.address, String(port));
    const packet = {
      protocol: verb === "syn" ? "tcp" : "udp",
      source: CLIENT.address,
      destination: SERVER.address,
      destinationPort: port,
    };
    return costOfPacket(before, await save(), packet, async (set, address) =>
      this.#host.host.run("ipset", ["test", set, address]).then(
        () => true,
        () => false,
      ),
    );
  }

  async close(): Promise<void> {
    this.#server?.kill();
    await this.#host.close();
  }
}

function compileNode({ features, policies, pods }: TestbedOptions): NodeCompilation {
  const compilation = compile(nodeResources({ policies, pods }), {
    features,
    compilerVersion: "bench",
    nodes: [NODE],
  });
  const errors = compilation.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`the benchmark's resources do not compile: ${errors[0]!.code}`);
  return compilation.nodes[0]!;
}

function isNoRule({ path }: Artifact): boolean {
  return ["ip.batch", "ip6.batch", "sysctl.conf"].includes(path);
}
