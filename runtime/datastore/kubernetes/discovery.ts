import { DatastoreError } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import type { ApiClient } from "./client.ts";
import type { CrdGroup } from "./served.ts";

/**
 * The custom resources that a server holds: those of v3 where it has the group `projectcalico.org` and not
 * `crd.projectcalico.org` (with both, the first is Calico's API server on top of the second). Source: the sheet
 * "Kubernetes datastore"; other than Calico, which then takes v1, a server that cannot be asked is unreachable.
 */
export async function discoverGroup(client: ApiClient, signal: AbortSignal): Promise<CrdGroup> {
  const answer = await client.send({ method: "GET", path: "/apis" }, signal);
  if (!answer.ok) {
    const { code, message } = answer.status;
    // Whoever may not ask may still read and write resources.
    if (code === 403) return "crd.projectcalico.org/v1";
    const reason = `${message} (HTTP status ${code})`;
    throw new DatastoreError({ kind: code === 401 ? "unauthorized" : "unreachable", reason });
  }
  const groups = isJsonObject(answer.body) && Array.isArray(answer.body.groups) ? answer.body.groups : [];
  const names = groups.filter(isJsonObject).map(({ name }) => name);
  const native = names.includes("projectcalico.org") && !names.includes("crd.projectcalico.org");
  return native ? "projectcalico.org/v3" : "crd.projectcalico.org/v1";
}
