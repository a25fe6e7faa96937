// A process of its own that adds `count` nets to a NetworkSet of a directory, one by one, whatever others do meanwhile.
// argv: directory, number of this writer, count.
import { problemOf } from "../../runtime/datastore/errors.ts";
import { FileDatastore } from "../../runtime/datastore/file/file-datastore.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { setKey } from "./samples.ts";

const [directory = "", writer = "", count = ""] = process.argv.slice(2);
const datastore = new FileDatastore(directory);
for (let i = 0; i < Number(count); ) {
  const { resource, resourceVersion } = await datastore.get(setKey("prod", "db"));
  const { nets } = resource.spec as { readonly nets: readonly string[] };
  const spec = { nets: [...nets, `10.${writer}.${i}.0/24`] };
  try {
    await datastore.update({ ...resource, spec } as Resource, resourceVersion);
    i++;
  } catch (error) {
    if (problemOf(error)?.kind !== "conflict") throw error;
  }
}
await datastore.close();
