import { existsSync } from "node:fs";
import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HostFeatures, SourceFile } from "../../compiler/index.ts";
import { readFileIfAny, writeFileDurably } from "../host/durable-file.ts";
import type { HostLock } from "../host/host.ts";
import { flock } from "../host/lock.ts";
import { LabError } from "./errors.ts";
import { LAB_NAME } from "./names.ts";
import type { LabPlan } from "./plan.ts";

const DEFAULT_ROOT = "/run/calico-lab";
const RECORD = "lab.json";
const FORMAT = 2;

/** What is known of a lab between two commands. */
export interface LabRecord {
  readonly format: typeof FORMAT;
  /** The resources that it was last brought up with, and for what kind of host they were compiled. */
  readonly sources: readonly SourceFile[];
  readonly features: HostFeatures;
  readonly interfacePrefix: string | undefined;
  readonly plan: LabPlan;
  /** Every namespace that may exist: written down before the first of them is made. */
  readonly spaces: readonly string[];
  /** Namespaces that are whole. */
  readonly built: readonly string[];
  /** Every node has what was compiled for it; `up` is not in the middle of its work, and has not failed. */
  readonly isApplied: boolean;
  /** The kernel has no WireGuard, and wireguard-go stands in for it. */
  readonly hasUserspaceWireguard: boolean;
  /** Nodes that this machine cannot run, and why. */
  readonly cannotRun: Readonly<Record<string, string>>;
}

export interface Invented {
  /** By Secret (`<namespace>/<name>/<key>`): both ends of a session have to agree, that is all. */
  readonly passwords: Readonly<Record<string, string>>;
  /** WireGuard keys of the nodes, by the public key that the resources say: nobody but the node knows the other half. */
  readonly keys: Readonly<Record<string, WireguardKey>>;
}

/** Base64. */
export interface WireguardKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Files of one speaker. */
export interface SpeakerFiles {
  readonly directory: string;
  readonly config: string;
  readonly socket: string;
  readonly log: string;
  readonly secrets: string;
}

/** All files of one lab are in one directory: `/run/calico-lab/<name>`, or below `CALICO_LAB_DIR`. */
export class LabDirectory {
  readonly lab: string;
  readonly path: string;

  /** Throws `LabError` for a name that cannot be part of file names. */
  constructor(lab: string, root = labRoot()) {
    if (!LAB_NAME.test(lab))
      throw new LabError(
        `a lab's name has at most 32 lower-case letters, digits and hyphens, and begins with no hyphen: ${lab}`,
      );
    this.lab = lab;
    this.path = join(root, lab);
  }

  nodeState(node: string): string {
    return join(this.path, "nodes", node, "apply");
  }

  node(node: string): SpeakerFiles {
    return speakerFiles(join(this.path, "nodes", node, "bird"));
  }

  router(address: string): SpeakerFiles {
    return speakerFiles(join(this.path, "routers", address.replaceAll(":", "-")));
  }

  /** Keys of the node's WireGuard devices, and their sockets where wireguard-go makes them. */
  wireguard(node: string): string {
    return join(this.path, "nodes", node, "wireguard");
  }

  /** Throws `LabError` for a lab of another version. */
  async read(): Promise<LabRecord | undefined> {
    const record = await this.#readAny();
    if (record !== undefined && record.format !== FORMAT)
      throw new LabError(`another version has made lab ${this.lab}: take it down first`);
    return record;
  }

  /** Every namespace that may exist; of whatever version. */
  async spaces(): Promise<readonly string[]> {
    return (await this.#readAny())?.spaces ?? [];
  }

  async #readAny(): Promise<LabRecord | undefined> {
    const text = await readFileIfAny(join(this.path, RECORD));
    return text === undefined ? undefined : (JSON.parse(text) as LabRecord);
  }

  async write(record: Omit<LabRecord, "format">): Promise<void> {
    await writeFileDurably(join(this.path, RECORD), JSON.stringify({ format: FORMAT, ...record }), 0o600);
  }

  /** What the lab has made up in place of secrets that it does not know. */
  async readInvented(): Promise<Invented> {
    const text = await readFileIfAny(join(this.path, "invented.json"));
    return text === undefined ? { passwords: {}, keys: {} } : (JSON.parse(text) as Invented);
  }

  async writeInvented(invented: Invented): Promise<void> {
    await writeFileDurably(join(this.path, "invented.json"), JSON.stringify(invented), 0o600);
  }

  /** Throws `LabError` where another command works on the lab. */
  async lock(): Promise<HostLock> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    const lock = await flock(join(this.path, "lock"));
    if (lock === undefined) throw new LabError(`another calicoctl works on lab ${this.lab}`);
    return lock;
  }

  async removeFilesOf(kind: "nodes" | "routers", name: string): Promise<void> {
    await rm(join(this.path, kind, name.replaceAll(":", "-")), { recursive: true, force: true });
  }

  /** Speakers that are no nodes and have files, but for those named. */
  async routersExcept(names: readonly string[]): Promise<readonly string[]> {
    const kept = new Set(names.map((name) => name.replaceAll(":", "-")));
    const all = await readdir(join(this.path, "routers")).catch(() => []);
    return all.filter((name) => !kept.has(name));
  }

  /** With the directory of all labs, where this was the last. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    await rmdir(dirname(this.path)).catch(() => undefined);
  }
}

/** Names of the labs on this machine, sorted. */
export async function labs(): Promise<readonly string[]> {
  const names = await readdir(labRoot()).catch(() => []);
  return names.filter((name) => existsSync(join(labRoot(), name, RECORD))).sort();
}

function labRoot(): string {
  return process.env.CALICO_LAB_DIR ?? DEFAULT_ROOT;
}

function speakerFiles(directory: string): SpeakerFiles {
  return {
    directory,
    config: join(directory, "bird.conf"),
    socket: join(directory, "bird.ctl"),
    log: join(directory, "bird.log"),
    secrets: join(directory, "bird.secrets.conf"),
  };
}
