import { type Connection, deniedConnections, UnreadableText } from "../../compiler/index.ts";
import { reasonOf, StepError } from "../apply/errors.ts";
import { readRecord } from "../apply/record.ts";
import type { Host } from "../host/host.ts";
import { forgetConnection, trackedConnections } from "./conntrack.ts";
import { surroundingOf } from "./surrounding.ts";

/**
 * The connections that live on although what was last applied would not let them begin. Throws `StepError` where that
 * cannot be told.
 */
export async function outlivedConnections(host: Host): Promise<readonly Connection[]> {
  const record = await readRecord(host, "last");
  if (record === undefined) return [];
  const [connections, surrounding] = await Promise.all([trackedConnections(host), surroundingOf(host)]);
  if (connections.length === 0) return [];
  try {
    return deniedConnections(record.artifacts, connections, surrounding);
  } catch (cause) {
    if (cause instanceof UnreadableText) throw new StepError("established connections", reasonOf(cause));
    throw cause;
  }
}

/**
 * Has the kernel forget the connections, so that their next packet is judged as a first one. Returns how many there
 * were still.
 */
export async function cutOutlived(host: Host, connections: readonly Connection[]): Promise<number> {
  let cut = 0;
  for (const connection of connections) if (await forgetConnection(host, connection)) cut++;
  return cut;
}
