import type { Report } from "../diagnostics/bag.ts";
import { at, type Origin } from "../diagnostics/diagnostic.ts";
import { describeValue, isObject, type JsonObject } from "./json.ts";

const API_VERSION = "crd.projectcalico.org/v1";
/** Holds, as JSON, the metadata of the resource that a custom resource stores. */
const STORED = "projectcalico.org/metadata";

const POLICIES: ReadonlySet<string> = new Set([
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
]);

/**
 * A custom resource with the metadata of the resource that it stores (resources.md §5.4); every other document as it is.
 * Its own have few of the labels: without the stored ones a selector would miss it. Broken ones are reported.
 */
export function withStoredMetadata(document: JsonObject, origin: Origin, report: Report): JsonObject {
  const { apiVersion, kind, metadata, spec } = document;
  if (apiVersion !== API_VERSION || !isObject(metadata) || !isObject(metadata.annotations)) return document;
  const { [STORED]: written, ...annotations } = metadata.annotations;
  if (written === undefined) return document;
  const stored = typeof written === "string" ? parseObject(written) : undefined;
  if (stored === undefined) {
    const params = {
      value: describeValue(written),
      expected: "metadata as Calico stores them, a JSON mapping",
    };
    report("resource/form", params, at(origin, "metadata", "annotations", STORED));
    return document;
  }
  return {
    ...document,
    metadata: {
      ...metadata,
      name: POLICIES.has(String(kind)) ? policyName(metadata.name, stored.name, spec) : metadata.name,
      labels: merged(metadata.labels, stored.labels),
      annotations: merged(annotations, stored.annotations),
      creationTimestamp: stored.creationTimestamp ?? metadata.creationTimestamp,
    },
  };
}

/** Older clients stored policies of the default tier under its name, and no name of their own. */
function policyName(own: unknown, stored: unknown, spec: unknown): unknown {
  if (stored !== undefined && stored !== "") return stored;
  const tier = isObject(spec) ? (spec.tier ?? "") : "";
  return typeof own === "string" && (tier === "" || tier === "default") ? own.replace(/^default\./, "") : own;
}

/** What is stored wins; what is no mapping stays for whoever reads it to report. */
function merged(own: unknown, stored: unknown): unknown {
  if (stored === undefined || stored === null) return own;
  return isObject(own) && isObject(stored) ? { ...own, ...stored } : stored;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
