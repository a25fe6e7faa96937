import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SourceFile } from "../../compiler/index.ts";
import { LabDirectory } from "../../runtime/lab/directory.ts";
import { ROOT } from "../fixtures.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";

/** Why labs cannot run here, or `undefined` when they can. */
export const missingForLab = missingForKernelTests([
  ...["ip", "ipset", "nft", "flock", "setpriv", "sysctl", "bridge", "ping", "bird", "birdc"],
  ...["iptables-nft-restore", "ip6tables-nft-restore"],
]);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `lab probe -o json` prints, as far as the tests look at it. */
export interface ProbeReport {
  readonly differences: number;
  readonly probes: readonly {
    readonly from: string;
    readonly to: string;
    readonly ipVersion: 4 | 6;
    readonly protocol: "tcp" | "icmp";
    readonly port: number | null;
    readonly expected: "allow" | "deny";
    readonly noWay: string | null;
    readonly measured: "allow" | "deny";
  }[];
  readonly notTried: readonly { readonly reason: string }[];
}

/** What `lab status -o json` prints, as far as the tests look at it. */
export interface StatusReport {
  readonly nodes: readonly { readonly name: string; readonly bird: boolean; readonly namespace: string }[];
  readonly sessions: readonly {
    readonly node: string;
    readonly name: string;
    readonly bgpState: string;
    readonly since: string;
    readonly imported: number;
  }[];
}

let serial = 0;

/** A lab of one test, driven by the command line as a user would, with its files in a directory of its own. */
export class TestLab {
  readonly name = `t${process.pid}-${serial++}`;
  readonly directory: string;
  /** What `up` reads. */
  readonly resources: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.resources = join(directory, "resources");
  }

  /** The files of the lab itself. */
  get files(): LabDirectory {
    return new LabDirectory(this.name, this.#labs);
  }

  get #labs(): string {
    return join(this.directory, "labs");
  }

  static async create(): Promise<TestLab> {
    return new TestLab(await mkdtemp(join(tmpdir(), "calico-lab-")));
  }

  /** Starts `calicoctl lab <verb>`; the rest of the arguments follow the lab's name. */
  start(verb: string, args: readonly string[] = []): ChildProcess {
    return spawn(
      process.execPath,
      [join(ROOT, "cli", "calicoctl.ts"), "lab", verb, "--name", this.name, ...args],
      { env: { ...process.env, CALICO_LAB_DIR: this.#labs, NO_COLOR: "1" } },
    );
  }

  async run(verb: string, args: readonly string[] = []): Promise<Ended> {
    return ended(this.start(verb, args));
  }

  /** The resources that `up` reads from now on. */
  async write(files: readonly SourceFile[]): Promise<void> {
    await rm(this.resources, { recursive: true, force: true });
    for (const { path, text } of files) {
      await mkdir(dirname(join(this.resources, path)), { recursive: true });
      await writeFile(join(this.resources, path), text);
    }
  }

  startUp(): ChildProcess {
    return this.start("up", ["-f", this.resources]);
  }

  /** Fails the test unless the lab comes up. */
  async up(files: readonly SourceFile[]): Promise<Ended> {
    await this.write(files);
    const result = await ended(this.startUp());
    if (result.code !== 0) throw new Error(`lab up ended with ${result.code}:\n${result.stderr}`);
    return result;
  }

  async probe(args: readonly string[] = []): Promise<ProbeReport> {
    const { stdout, stderr } = await this.run("probe", ["-o", "json", ...args]);
    if (stdout === "") throw new Error(`lab probe failed: ${stderr}`);
    return JSON.parse(stdout) as ProbeReport;
  }

  async status(): Promise<StatusReport> {
    return JSON.parse((await this.run("status", ["-o", "json"])).stdout) as StatusReport;
  }

  async exec(where: string, command: readonly string[]): Promise<Ended> {
    return this.run("exec", [where, "--", ...command]);
  }

  /** What there is of the lab on this machine: namespaces, processes, files, devices. */
  leftovers(): readonly string[] {
    const spaces = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
    const processes = readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
      .map((pid) => [pid, commandLine(pid)] as const)
      .filter(([, command]) => command.includes(this.#labs) || command.includes(`${this.name}-`));
    const labs = this.#labs;
    return [
      ...spaces.filter((space) => space.startsWith(`${this.name}-`)).map((space) => `namespace ${space}`),
      ...processes.map(([pid, command]) => `process ${pid}: ${command}`),
      ...(existsSync(labs) ? readdirSync(labs, { recursive: true }).map((file) => `file ${file}`) : []),
    ];
  }

  async close(): Promise<void> {
    await this.run("down");
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr?.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // It ended between the listing and the look.
    return "";
  }
}
