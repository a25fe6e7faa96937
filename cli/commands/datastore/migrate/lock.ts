import { changeClusterInformation } from "../../../datastore/cluster-information.ts";
import { withDatastore } from "../../../datastore/open.ts";
import type { DatastoreRequest } from "../../../datastore/options.ts";

/** While the datastore is not ready nothing new gets addresses or policies; resources can still be written. */
export async function setReady({ config }: DatastoreRequest, datastoreReady: boolean): Promise<void> {
  await withDatastore(config, ({ datastore, type }) =>
    changeClusterInformation(datastore, type, { datastoreReady }),
  );
  process.stdout.write(datastoreReady ? "Datastore unlocked.\n" : "Datastore locked.\n");
}
