import { problemOf } from "../../../runtime/datastore/errors.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { Client, describeFailure } from "../../resources/client.ts";
import type { InputRequest } from "../../resources/input.ts";
import { reportDeletion, singleKind } from "../../resources/outcome.ts";
import { askedFor } from "../../resources/selection.ts";

export interface DeleteRequest extends InputRequest, DatastoreRequest {
  readonly skipNotExists?: boolean;
}

/** A kind alone is refused, as it might be a slip: all of a kind is never deleted. */
export async function runDelete(
  kind: string | undefined,
  names: readonly string[],
  request: DeleteRequest,
): Promise<void> {
  const asked = await askedFor(kind, names, request);
  if (asked.what === "all") throw new UserError(`name the resources of kind ${asked.managed.kind} to delete`);
  const errors: string[] = [];
  let gone = 0;
  await withDatastore(request.config, async ({ datastore, type }) => {
    const client = new Client(datastore, type);
    for (const { key, resourceVersion } of asked.named) {
      try {
        await client.delete(key, resourceVersion);
        gone++;
      } catch (error) {
        const absent = problemOf(error)?.kind === "not-found";
        if (absent && request.skipNotExists) gone++;
        else errors.push(describeFailure(error));
      }
    }
  });
  const kinds = asked.named.map(({ key }) => key.kind);
  reportDeletion({ total: kinds.length, handled: gone, errors, kind: singleKind(kinds) });
}
