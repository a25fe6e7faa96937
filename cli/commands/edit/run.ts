import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runEditor } from "../../../runtime/host/editor.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { describeFailure } from "../../resources/client.ts";
import { toYaml, versioned } from "../../resources/output.ts";
import { demandKind, named } from "../../resources/selection.ts";
import { replaceResources } from "../../resources/write.ts";

export interface EditRequest extends DatastoreRequest {
  readonly namespace?: string;
}

/**
 * The file holds the version that was read, so an edit never goes over somebody else's. What cannot be written stays in its
 * file, and the message says where.
 */
export async function runEdit(kind: string, name: string, request: EditRequest): Promise<void> {
  const { key } = named(demandKind(kind), name, request);
  const before = await withDatastore(request.config, async ({ datastore }) => {
    try {
      return toYaml(versioned(await datastore.get(key)));
    } catch (error) {
      throw new UserError(describeFailure(error));
    }
  });
  const directory = await mkdtemp(join(tmpdir(), "calicoctl-edit-"));
  const file = join(directory, `${name}.yaml`);
  await writeFile(file, before, { mode: 0o600 });
  const drop = () => rm(directory, { recursive: true, force: true });
  try {
    await runEditor(process.env.VISUAL || process.env.EDITOR || "vi", file);
  } catch (error) {
    await drop();
    throw new UserError(`nothing was changed: ${error instanceof Error ? error.message : error}`);
  }
  const after = await readFile(file, "utf8");
  if (after === before || after.trim() === "") {
    process.stdout.write("Edit cancelled: nothing was changed\n");
    await drop();
    return;
  }
  try {
    await replaceResources({ ...request, filename: [file] });
  } catch (error) {
    process.stderr.write(`the edited file is kept: ${file}\n`);
    throw error;
  }
  await drop();
}
