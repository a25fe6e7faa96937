import { execFile } from "node:child_process";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { withDocument } from "../../runtime/datastore/file/edits.ts";
import { FileDatastore } from "../../runtime/datastore/file/file-datastore.ts";
import { newFileFor } from "../../runtime/datastore/file/new-file.ts";
import { Mirror } from "./consume.ts";
import { describeContract } from "./contract.ts";
import { NETWORK_SETS, networkSet, pool, setKey } from "./samples.ts";

const HISTORY = 60;

describeContract(
  "file",
  async () => {
    const parent = await mkdtemp(join(tmpdir(), "calico-files-"));
    const directory = join(parent, "resources");
    const away = join(parent, "away");
    const { mkdir } = await import("node:fs/promises");
    await mkdir(directory);
    const open = async () => new FileDatastore(directory, { history: HISTORY });
    return {
      open,
      async seed(resources) {
        const perFile = 2000;
        for (let i = 0; i < resources.length; i += perFile) {
          const documents = resources
            .slice(i, i + perFile)
            .map((resource) => withDocument("seed.yaml", undefined, resource));
          await writeFile(join(directory, `seed-${i}.yaml`), documents.join("---\n"));
        }
      },
      corrupt: (key) => writeFile(join(directory, newFileFor(key)), "kind: [\n"),
      async forget() {
        const client = await open();
        const added = Array.from({ length: HISTORY + 1 }, (_, i) => pool(`forget-${i}`, `10.${i}.0.0/16`));
        for (const resource of added) await client.create(resource);
        await client.close();
      },
      stop: () => rename(directory, away),
      start: () => rename(away, directory),
      close: () => rm(parent, { recursive: true, force: true }),
    };
  },
  60,
);

test("writers in processes of their own lose no update and no comment, and a watch sees all of it", {
  timeout: 120_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), "calico-writers-"));
  const datastore = new FileDatastore(directory);
  const view = new Mirror(datastore, [NETWORK_SETS]);
  try {
    const text = withDocument("all.yaml", undefined, networkSet("prod", "db", ["10.0.0.0/24"]));
    await writeFile(join(directory, "all.yaml"), text.replace("10.0.0.0/24", "10.0.0.0/24 # the first"));
    await view.inSync();
    const [writers, count] = [4, 6];
    const program = fileURLToPath(new URL("./file-writer.ts", import.meta.url));
    const started = Array.from({ length: writers }, (_, i) =>
      promisify(execFile)(process.execPath, [program, directory, `${i + 1}`, `${count}`]),
    );
    await Promise.all(started);
    const { resource, resourceVersion } = await datastore.get(setKey("prod", "db"));
    const { nets } = resource.spec as { readonly nets: readonly string[] };
    expect(new Set(nets).size).toBe(1 + writers * count);
    for (let i = 1; i <= writers; i++)
      expect(nets.filter((net) => net.startsWith(`10.${i}.`))).toEqual(
        Array.from({ length: count }, (_, n) => `10.${i}.${n}.0/24`),
      );
    expect(await readFile(join(directory, "all.yaml"), "utf8")).toContain("- 10.0.0.0/24 # the first\n");
    await view.until(({ versions }) => versions.get("prod/db")?.resourceVersion === resourceVersion);
  } finally {
    await view.stop();
    await datastore.close();
    await rm(directory, { recursive: true, force: true });
  }
});
