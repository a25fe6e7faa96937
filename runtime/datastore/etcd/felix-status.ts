/**
 * What Felix writes about itself and its endpoints to etcd: status keys, which are no resources. Source: the sheet
 * "Storage layout", Felix status.
 */
import { type JsonObject, printJson } from "../json.ts";
import { type EtcdClient, translate } from "./client.ts";

const ROOT = "/calico/felix/v2/";

/** `region` is "" where OpenStack regions are not used. */
export type FelixStatus =
  | {
      readonly of: "felix";
      readonly region: string;
      readonly host: string;
      /** The first is only there while Felix is alive, the second stays. */
      readonly key: "status" | "last_reported_status";
    }
  | {
      readonly of: "workload";
      readonly region: string;
      readonly host: string;
      readonly orchestrator: string;
      readonly workload: string;
      readonly endpoint: string;
    };

export function felixStatusKey(status: FelixStatus): string {
  const region = status.region === "" ? "no-region" : `region-${status.region}`;
  const host = `${ROOT}${region}/host/${escapeName(status.host)}/`;
  if (status.of === "felix") return `${host}${status.key}`;
  const { orchestrator, workload, endpoint } = status;
  return `${host}workload/${escapeName(orchestrator)}/${escapeName(workload)}/endpoint/${escapeName(endpoint)}`;
}

/** `undefined`: the key is no status of Felix. */
export function readFelixStatusKey(key: string): FelixStatus | undefined {
  if (!key.startsWith(ROOT)) return undefined;
  const [area = "", hosts, host = "", kind, ...rest] = key.slice(ROOT.length).split("/");
  if (hosts !== "host" || !(area === "no-region" || area.startsWith("region-"))) return undefined;
  const region = area === "no-region" ? "" : area.slice("region-".length);
  const common = { region, host: unescapeName(host) };
  if ((kind === "status" || kind === "last_reported_status") && rest.length === 0)
    return { of: "felix", ...common, key: kind };
  const [orchestrator, workload, word, endpoint] = rest.map(unescapeName);
  if (kind !== "workload" || rest.length !== 4 || word !== "endpoint") return undefined;
  return { of: "workload", ...common, orchestrator: orchestrator!, workload: workload!, endpoint: endpoint! };
}

/**
 * Writes a status that etcd deletes unless it is written again within `seconds`, as a dead Felix cannot take it back.
 * Throws DatastoreError.
 */
export async function putFelixStatus(
  client: EtcdClient,
  status: FelixStatus,
  value: JsonObject,
  seconds: number,
): Promise<void> {
  try {
    const { ID: lease } = await client.leaseClient.leaseGrant({ TTL: seconds });
    const key = Buffer.from(felixStatusKey(status));
    await client.kv.put({ key, value: Buffer.from(printJson(value)), lease });
  } catch (error) {
    throw translate(error);
  }
}

/** Names in these keys: workload `ns/pod` is `ns%2fpod`. */
function escapeName(name: string): string {
  return name.replaceAll("%", "%25").replaceAll("/", "%2f");
}

function unescapeName(name: string): string {
  return name.replaceAll("%2f", "/").replaceAll("%25", "%");
}
