import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "../../compiler/index.ts";
import { ownershipOf } from "../../runtime/apply/claimed.ts";
import type { ApplyTarget } from "../../runtime/apply/target.ts";
import { runTool } from "../../runtime/host/run.ts";
import { NODE, nodeFiles, policiesForSets } from "./node.ts";

const PROGRAM = "dist/calicoctl.js";

/** `calicoctl` as it is shipped and started by its users: a process of its own for each command. */
export class Calicoctl {
  readonly #variant: "nft" | "legacy";
  readonly #directory: string;

  /** Everything that is written lies below `directory`. */
  constructor(variant: "nft" | "legacy", directory: string) {
    this.#variant = variant;
    this.#directory = directory;
  }

  /** Writes resources, `extra` rules more in one policy, and compiles them; what lies below `name` afterwards. */
  async compile(name: string, sets: number, extra: number): Promise<Compiled> {
    const resources = join(this.#directory, name, "resources");
    await mkdir(resources, { recursive: true });
    for (const { path, text } of nodeFiles(policiesForSets(sets), extra))
      await writeFile(join(resources, path), text);
    const out = join(this.#directory, name, "out");
    await this.#run("compile", "-f", resources, "--node", NODE, "--features", "host", "--out-dir", out);
    const bundle = join(out, NODE);
    return { resources, bundle, target: await readTarget(bundle) };
  }

  /** Brings the namespace to a bundle. */
  async apply(netns: string, { bundle }: Compiled): Promise<void> {
    await this.#run("apply", bundle, ...this.#on(netns));
  }

  /** What resources would change in the namespace, which an `apply` of this class has filled. */
  async plan(netns: string, { resources }: Compiled): Promise<void> {
    await this.#run("plan", "-f", resources, "--node", NODE, ...this.#on(netns));
  }

  #on(netns: string): readonly string[] {
    return ["--netns", netns, "--bird-config", join(this.#directory, "bird.conf")];
  }

  async #run(...words: readonly string[]): Promise<void> {
    const state = `CALICO_STATE_DIR=${join(this.#directory, "state")}`;
    const command = [state, process.execPath, PROGRAM, ...words, "--iptables-backend", this.#variant];
    const { code, stderr } = await runTool("env", command, { timeout: 120_000 });
    if (code !== 0) throw new Error(`calicoctl ${words[0]}: ${stderr}`);
  }
}

export interface Compiled {
  /** A directory of files. */
  readonly resources: string;
  readonly bundle: string;
  readonly target: ApplyTarget;
}

async function readTarget(bundle: string): Promise<ApplyTarget> {
  const artifacts: Artifact[] = [];
  // No BIRD runs in the namespaces.
  for (const path of await readdir(bundle))
    if (path !== "bird.conf") artifacts.push({ path, text: await readFile(join(bundle, path), "utf8") });
  return { node: NODE, artifacts, ownership: ownershipOf(artifacts) };
}
