import type { Artifact, Sources } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { readStateFile, type StateFile, writeStateFile } from "./state-file.ts";
import type { BirdPlace } from "./target.ts";

/** What this host was last made to enforce, whole: what `drift` holds the host against. */
export interface AppliedRecord {
  readonly node: string;
  readonly variant: "nft" | "legacy";
  readonly bird: BirdPlace;
  /** The bundle, as it was compiled. */
  readonly artifacts: readonly Artifact[];
  /** Digest of the plan that led here, which must not do so twice. */
  readonly plan?: string;
  /** What it was compiled from; `last` has none, as the history and the inventory on record hold them. */
  readonly resources?: Sources;
}

/** `intended` is there while a change is under way: a crash leaves it open which of the two is in force. */
export type RecordName = "last" | "intended";

function recordPath(host: Host, name: RecordName): string {
  return `${host.stateDirectory}/bundle-${name}.json`;
}

export async function writeRecord(host: Host, name: RecordName, record: AppliedRecord): Promise<void> {
  await writeStateFile(host, recordPath(host, name), RECORD, record);
}

export async function removeRecord(host: Host, name: RecordName): Promise<void> {
  await host.removeFile(recordPath(host, name));
}

/** `undefined` = there is none. Throws as `readStateFile` does. */
export async function readRecord(host: Host, name: RecordName): Promise<AppliedRecord | undefined> {
  return readStateFile(host, recordPath(host, name), RECORD);
}

const RECORD: StateFile<AppliedRecord> = { name: "record", format: 1, isWhole: isRecord };

function isRecord(value: object): value is AppliedRecord {
  const { node, variant, bird, artifacts, resources } = value as Partial<AppliedRecord>;
  return (
    typeof node === "string" &&
    (variant === "nft" || variant === "legacy") &&
    typeof bird?.config === "string" &&
    (resources === undefined ||
      (typeof resources.policy === "string" && typeof resources.inventory === "string")) &&
    Array.isArray(artifacts) &&
    artifacts.every(({ path, text }: Artifact) => typeof path === "string" && typeof text === "string")
  );
}
