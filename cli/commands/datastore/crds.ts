import { dump } from "js-yaml";
import { customResourceDefinitions } from "../../../runtime/datastore/kubernetes/crds/crds.ts";
import type { CrdGroup } from "../../../runtime/datastore/kubernetes/served.ts";

export interface CrdsRequest {
  readonly apiGroup: CrdGroup;
}

/** One YAML document for each definition. */
export async function printCrds({ apiGroup }: CrdsRequest): Promise<void> {
  const documents = customResourceDefinitions(apiGroup).map(
    (definition) => `---\n${dump(definition, { noRefs: true, lineWidth: -1 })}`,
  );
  process.stdout.write(documents.join(""));
}
