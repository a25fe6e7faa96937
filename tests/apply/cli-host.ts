import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { vi } from "vitest";
import { type Called, calicoctl } from "../../cli/commands/verify/testing.ts";
import { runTool } from "../../runtime/host/run.ts";
import { ROOT } from "../fixtures.ts";
import type { Namespace } from "../kernel/namespace.ts";
import { linuxHost, workloadDevices } from "./hosts.ts";

/** The tools of a host on which `calicoctl` does all that it can. */
export const CLI_HOST_TOOLS: readonly string[] = [
  ...["ip", "bridge", "sysctl", "ipset", "nft", "tc", "bird", "birdc", "flock", "setpriv", "mount"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
];

const PROGRAM = join(ROOT, "cli/calicoctl.ts");

type Linux = Awaited<ReturnType<typeof linuxHost>>;

/**
 * `leaf-3` of the fixture bgp-mesh in a network namespace, worked with by `calicoctl` alone. Resources of step 1 and 2
 * lie in `resources/1` and `resources/2`, bundles in `out/1` and `out/2`; BIRD has a directory of its own.
 */
export class CliHost {
  readonly linux: Linux;
  readonly variant: "nft" | "legacy";

  private constructor(linux: Linux, variant: "nft" | "legacy") {
    this.linux = linux;
    this.variant = variant;
  }

  /** `more`: a file of further resources, the same in both steps. Undo by `close`. */
  static async create(variant: "nft" | "legacy", more = ""): Promise<CliHost> {
    const made = new CliHost(await linuxHost(variant), variant);
    try {
      await made.#fill(more);
    } catch (cause) {
      await made.close();
      throw cause;
    }
    return made;
  }

  async #fill(more: string): Promise<void> {
    vi.stubEnv("CALICO_STATE_DIR", this.path("state"));
    await mkdir(this.path("bird"));
    const devices = new Set<string>();
    for (const step of ["1", "2"]) {
      const resources = this.path("resources", step);
      await cp(join(ROOT, "fixtures/bgp-mesh/common"), resources, { recursive: true });
      await cp(join(ROOT, "fixtures/bgp-mesh", step), join(resources, "step"), { recursive: true });
      await writeFile(join(resources, "more.yaml"), more);
      const words = ["--features", "host", "--iptables-backend", this.variant, "--node", "leaf-3"];
      const called = await calicoctl("compile", "-f", resources, ...words, "--out-dir", this.bundle(step));
      if (called.code !== 0) throw new Error(called.stderr);
      for (const name of await readdir(this.bundle(step, "leaf-3")))
        for (const device of workloadDevices([
          { path: name, text: await readFile(this.bundle(step, "leaf-3", name), "utf8") },
        ]))
          devices.add(device);
    }
    for (const name of ["eth0", ...devices]) await this.linux.addDevice(name);
    await this.space.run("ip", ["link", "set", "peth0", "up"]);
    await this.space.run("ip", ["addr", "add", "172.30.0.13/24", "dev", "eth0"]);
    await this.space.run("ip", ["addr", "add", "fd30::13/64", "dev", "eth0", "nodad"]);
  }

  get space(): Namespace {
    return this.linux.space;
  }

  path(...names: readonly string[]): string {
    return join(this.linux.directory, ...names);
  }

  bundle(step: string, ...names: readonly string[]): string {
    return this.path("out", step, ...names);
  }

  async bundleText(step: string, name: string): Promise<string> {
    return readFile(this.bundle(step, "leaf-3", name), "utf8");
  }

  /** Options of every command that touches the host. */
  get options(): readonly string[] {
    return [
      ...["--netns", this.space.name, "--iptables-backend", this.variant],
      ...["--bird-config", this.path("bird", "bird.conf"), "--bird-socket", this.path("bird.ctl")],
    ];
  }

  applyWords(step: string): readonly string[] {
    return ["apply", this.bundle(step), "--node", "leaf-3", "--accept-window", ...this.options];
  }

  async apply(step: string): Promise<Called> {
    return calicoctl(...this.applyWords(step));
  }

  /** Calls it as a process of its own, for what outlives the call. */
  async program(env: Readonly<Record<string, string>>, ...argv: readonly string[]): Promise<Called> {
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const { code, stdout, stderr } = await runTool("env", [...words, process.execPath, PROGRAM, ...argv], {
      timeout: 300_000,
    });
    return { code: code ?? -1, stdout, stderr };
  }

  /** What the host keeps for itself: the value of each password that the bundle names. */
  async writePasswords(password: string): Promise<void> {
    const text = `${await this.bundleText("1", "bird.conf")}${await this.bundleText("2", "bird.conf")}`;
    const symbols = [...new Set(text.match(/\bpw_\w+/g))];
    if (symbols.length === 0) throw new Error("no session has a password");
    const lines = symbols.map((symbol) => `define ${symbol} = "${password}";\n`);
    await writeFile(this.path("bird", "bird.secrets.conf"), lines.join(""), { mode: 0o600 });
  }

  async startBird(): Promise<void> {
    await this.space.run("bird", ["-c", this.path("bird", "bird.conf"), "-s", this.path("bird.ctl")]);
  }

  async birdc(...words: readonly string[]): Promise<string> {
    return (await runTool("birdc", ["-s", this.path("bird.ctl"), ...words])).stdout;
  }

  /** Returns once the daemon has ended; that there is none is no error. */
  async stopBird(): Promise<void> {
    await this.birdc("down");
    for (let patience = 100; (await this.birdc("show", "status")) !== ""; patience--) {
      if (patience === 0) throw new Error("BIRD does not end");
      await sleep(50);
    }
  }

  /** Passwords and all files of the host go, and the namespace with what runs in it. */
  async close(): Promise<void> {
    await this.stopBird();
    vi.unstubAllEnvs();
    await this.linux.close();
  }
}
