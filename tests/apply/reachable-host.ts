import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, watch } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { compile, type HostFeatures } from "../../compiler/index.ts";
import { writeResources } from "../../runtime/bundle/resources.ts";
import { writeBundle } from "../../runtime/bundle/write.ts";
import { Namespace } from "../kernel/namespace.ts";
import { linuxHost } from "./hosts.ts";

const TALKER = fileURLToPath(new URL("./talker.ts", import.meta.url));
const HOST = "10.8.0.1";
const CALLER = "10.8.0.2";
/** No failsafe of Calico's. */
const PORT = 7777;

const NODE = `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n1 }
spec:
  addresses: [{ address: ${HOST}, type: CalicoNodeIP }]
  interfaces: [{ name: eth0, addresses: [${HOST}] }]
`;

const ENDPOINT = `apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: { name: n1-eth0, labels: { role: host } }
spec: { node: n1, interfaceName: eth0, expectedIPs: [${HOST}] }
`;

function policy(name: string, spec: string): string {
  return `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: ${name} }
spec: { selector: role == 'host', ${spec} }
`;
}

const OPEN = policy("open", "order: 10, types: [Ingress], ingress: [{ action: Allow }]");

/** What may be applied to the host, by name. */
export const POLICIES = {
  open: [ENDPOINT, OPEN],
  /** Lets in nobody any more, not even through failsafes. */
  closed: [
    ENDPOINT,
    policy("closed", "order: 1, types: [Ingress], ingress: [{ action: Deny }]"),
    `apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default }
spec: { failsafeInboundHostPorts: [], failsafeOutboundHostPorts: [] }
`,
  ],
  /** Drops every packet of connections that there are, too. */
  untracked: [
    ENDPOINT,
    OPEN,
    policy(
      "cut",
      `order: 1, doNotTrack: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny, protocol: TCP, source: { nets: [${CALLER}/32] } }]`,
    ),
  ],
} as const;

export interface Ended {
  /** `null` = killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One connection that is talked on all the time. */
export interface Talk {
  /** Answers so far. */
  heard(): number;
  /** Whether the connection has ended. */
  ended(): boolean;
}

/** A host in a network namespace, a caller in another, and `calicoctl` in a process of its own as on any host. */
export class ReachableHost {
  readonly linux: Awaited<ReturnType<typeof linuxHost>>;
  readonly state: string;
  readonly #caller: Namespace;
  readonly #variant: "nft" | "legacy";
  readonly #calicoctl: string;
  readonly #children: ChildProcess[] = [];
  #probes = 0;

  private constructor(
    linux: Awaited<ReturnType<typeof linuxHost>>,
    caller: Namespace,
    variant: "nft" | "legacy",
    calicoctl: string,
  ) {
    this.linux = linux;
    this.state = join(linux.directory, "state");
    this.#caller = caller;
    this.#variant = variant;
    this.#calicoctl = calicoctl;
  }

  /** `calicoctl`: path of the program. */
  static async create(
    variant: "nft" | "legacy",
    features: HostFeatures,
    calicoctl: string,
  ): Promise<ReachableHost> {
    const linux = await linuxHost(variant);
    const caller = await Namespace.create("caller");
    const made = new ReachableHost(linux, caller, variant, calicoctl);
    try {
      const { space } = linux;
      const link = ["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", caller.name];
      await space.run("ip", link);
      for (const [end, address] of [
        [space, HOST],
        [caller, CALLER],
      ] as const) {
        await end.run("ip", ["addr", "add", `${address}/24`, "dev", "eth0"]);
        await end.run("ip", ["link", "set", "eth0", "up"]);
      }
      await made.#compile(features);
      const server = made.#start([
        "ip",
        "netns",
        "exec",
        space.name,
        process.execPath,
        TALKER,
        "echo",
        HOST,
        `${PORT}`,
      ]);
      await new Promise((resolve) => server.stdout?.once("data", resolve));
      return made;
    } catch (cause) {
      await made.close();
      throw cause;
    }
  }

  async #compile(features: HostFeatures): Promise<void> {
    for (const [name, documents] of Object.entries(POLICIES)) {
      const files = [{ path: "all.yaml", text: [NODE, ...documents].join("---\n") }];
      const { nodes, sources, diagnostics } = compile(files, { features, compilerVersion: "test" });
      const artifacts = nodes[0]?.artifacts;
      if (artifacts === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
      const out = join(this.linux.directory, name);
      await mkdir(out);
      writeBundle(out, "n1", artifacts);
      await writeResources(out, sources);
    }
  }

  /** Starts `calicoctl` as a person would; the options of the host are added. */
  calicoctl(...words: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const { directory, space } = this.linux;
    const ofHost = [
      ...["--netns", space.name, "--iptables-backend", this.#variant],
      ...["--bird-config", join(directory, "bird.conf"), "--bird-socket", join(directory, "bird.ctl")],
    ];
    const options = words[0] === "history" ? [] : ofHost;
    const child = this.#start([process.execPath, this.#calicoctl, ...words, ...options], {
      CALICO_STATE_DIR: this.state,
      NODE_COMPILE_CACHE: join(directory, "cache"),
    });
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr?.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    const ended = new Promise<Ended>((resolve) =>
      child.once("close", (code) => resolve({ code, stdout, stderr })),
    );
    return { child, ended };
  }

  apply(name: keyof typeof POLICIES, ...options: readonly string[]): ReturnType<ReachableHost["calicoctl"]> {
    return this.calicoctl("apply", join(this.linux.directory, name, "n1"), "--accept-window", ...options);
  }

  /** Applies, and kills the applier as soon as it has made this file. */
  async applyAndDie(name: keyof typeof POLICIES, file: string, seconds: number): Promise<void> {
    const seen = Promise.withResolvers<void>();
    const watcher = watch(this.state, () => existsSync(join(this.state, file)) && seen.resolve());
    try {
      const { child, ended } = this.apply(name, "--confirm-timeout", `${seconds}`);
      void ended.then(({ stderr }) => seen.reject(new Error(`it came to its end: ${stderr}`)));
      await seen.promise;
      child.kill("SIGKILL");
      const { code } = await ended;
      if (code !== null) throw new Error(`it ended with ${code} before it was killed`);
    } finally {
      watcher.close();
    }
  }

  /** Whether the caller can open a connection. */
  async answers(): Promise<boolean> {
    const target = { protocol: "tcp", source: CALLER, address: HOST, port: PORT } as const;
    return (await (await this.#caller.prober()).probe(this.#probes++, target, 700)) === "open";
  }

  talk(): Talk {
    const { name } = this.#caller;
    const talker = this.#start([
      "ip",
      "netns",
      "exec",
      name,
      process.execPath,
      TALKER,
      "talk",
      CALLER,
      HOST,
      `${PORT}`,
    ]);
    let printed = "";
    talker.stdout?.on("data", (data: Buffer) => {
      printed += data.toString();
    });
    return {
      heard: () => printed.split("heard\n").length - 1,
      ended: () => /broken|closed/.test(printed),
    };
  }

  /** What the watchdogs have said, and the process of the last one. */
  watchdogs(): { readonly log: string; readonly last: number } {
    const path = join(this.state, "confirm.log");
    const log = existsSync(path) ? readFileSync(path, "utf8") : "";
    const pids = [...log.matchAll(/^\S+ (\d+) waiting$/gm)];
    return { log, last: Number(pids.at(-1)?.[1]) };
  }

  waits(): boolean {
    return existsSync(join(this.state, "confirm.json"));
  }

  #start(
    [command = "", ...args]: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    this.#children.push(child);
    return child;
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    const { log } = this.watchdogs();
    for (const [, pid] of log.matchAll(/^\S+ (\d+) waiting$/gm)) {
      // Its number may be somebody else's by now, but not its words.
      const words = await readWords(Number(pid));
      if (words.includes("confirm-watchdog") && words.includes(this.linux.space.name))
        process.kill(Number(pid), "SIGKILL");
    }
    await this.#caller.close();
    await this.linux.close();
  }
}

async function readWords(pid: number): Promise<readonly string[]> {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Asks until the answer is yes; throws when it takes longer than `seconds`. */
export async function until(
  what: string,
  seconds: number,
  ask: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(100);
  }
}
