import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDocument } from "../../runtime/datastore/file/edits.ts";
import { FileDatastore } from "../../runtime/datastore/file/file-datastore.ts";
import { newFileFor } from "../../runtime/datastore/file/new-file.ts";
import { describeContract } from "./contract.ts";
import { pool } from "./samples.ts";

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
