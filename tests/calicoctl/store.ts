import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";

/** Variables that would choose another datastore than the test's. */
const FOREIGN = /^(CALICO_|ETCD_|K8S_|KUBECONFIG$|DATASTORE_TYPE$|FILE_PATH$)/;

/** An empty directory that the environment names as the datastore, and room beside it; undone by `close`. */
export class Store {
  readonly directory: string;
  readonly #room: string;

  private constructor(room: string, directory: string) {
    this.#room = room;
    this.directory = directory;
  }

  static async open(environment?: Readonly<Record<string, string>>): Promise<Store> {
    const room = await mkdtemp(join(tmpdir(), "calicoctl-"));
    const directory = await mkdtemp(join(room, "store-"));
    for (const name of Object.keys(process.env)) if (FOREIGN.test(name)) vi.stubEnv(name, undefined);
    const chosen = environment ?? { DATASTORE_TYPE: "file", FILE_PATH: directory };
    for (const [name, value] of Object.entries(chosen)) vi.stubEnv(name, value);
    return new Store(room, directory);
  }

  /** Writes a file outside of the datastore and returns its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.#room, name);
    await writeFile(path, text);
    return path;
  }

  async close(): Promise<void> {
    vi.unstubAllEnvs();
    await rm(this.#room, { recursive: true, force: true });
  }
}

export function pool(name: string, cidr: string, more = ""): string {
  return `apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: ${name}}\nspec: {cidr: ${cidr}${more}}\n---\n`;
}

export function networkSet(name: string, namespace?: string): string {
  const where = namespace === undefined ? "" : `, namespace: ${namespace}`;
  return `apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata: {name: ${name}${where}}\nspec: {nets: [10.0.0.0/8]}\n---\n`;
}
