import { createTwoFilesPatch } from "diff";
import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import { findStored } from "../../../runtime/datastore/find-stored.ts";
import {
  keyId,
  keyOf,
  type Resource,
  type ResourceKey,
  type Stored,
} from "../../../runtime/datastore/resource.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { Client, describeFailure } from "../../resources/client.ts";
import type { InputRequest } from "../../resources/input.ts";
import { identifier } from "../../resources/kinds.ts";
import { APPLY } from "../../resources/outcome.ts";
import { toYaml } from "../../resources/output.ts";
import { readValid } from "../../resources/write.ts";

export interface DiffRequest extends InputRequest, DatastoreRequest {
  readonly detailedExitcode?: boolean;
}

/** Prints a unified diff of each resource that would change, and returns how many those are. */
export async function runDiff(request: DiffRequest): Promise<number> {
  const { resources } = await readValid(request, APPLY);
  return withDatastore(request.config, async ({ datastore, type }) => {
    const client = new Client(datastore, type);
    let changes = 0;
    // Of two of one name the last is what an apply leaves.
    const last = new Map(resources.map(({ resource }) => [keyId(keyOf(resource)), resource]));
    for (const resource of last.values()) {
      const key = keyOf(resource);
      const stored = await find(datastore, key);
      const wanted = client.afterApply(resource, stored);
      if (wanted === stored?.resource) continue;
      changes++;
      process.stdout.write(patch(key, stored?.resource, wanted));
    }
    if (changes === 0) process.stdout.write("Nothing would change\n");
    return changes;
  });
}

async function find(datastore: Datastore, key: ResourceKey): Promise<Stored | undefined> {
  try {
    return await findStored(datastore, key);
  } catch (error) {
    throw new UserError(describeFailure(error));
  }
}

function patch(key: ResourceKey, before: Resource | undefined, after: Resource): string {
  const name = identifier(key);
  return createTwoFilesPatch(
    before === undefined ? "/dev/null" : `datastore ${name}`,
    `applied ${name}`,
    before === undefined ? "" : toYaml(before),
    toYaml(after),
    undefined,
    undefined,
    { headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true } },
  );
}
