import type { Report } from "../../../diagnostics/bag.ts";
import type { CodeSpec } from "../../../diagnostics/diagnostic.ts";
import { REGISTRY } from "../../../diagnostics/registry.ts";
import type {
  ClusterModel,
  ModelKind,
  ModelObject,
  ModelOf,
  ModelUpdate,
} from "../../../ir/cluster-model.ts";
import { SelectorFolder } from "../../../syntax/selector/folder.ts";
import { parseDocuments } from "../../../syntax/yaml.ts";
import { decodeDocuments } from "../../decode.ts";
import { EndpointProfiles } from "../../endpoint-profiles.ts";
import type { LowerContext, Resource } from "../../kind.ts";
import { lowerInto, type ModelSink } from "../../lower.ts";

export interface ReadResult {
  /** `<code> <path>`, in the order of reporting. */
  readonly findings: readonly string[];
  readonly messages: readonly string[];
  readonly objects: readonly ModelObject[];
}

/** A report that keeps what a test wants to compare, and renders every message as the real one does. */
export function collector(): {
  readonly report: Report;
  readonly findings: string[];
  readonly messages: string[];
} {
  const findings: string[] = [];
  const messages: string[] = [];
  const report: Report = (code, params, origin) => {
    findings.push(`${code} ${origin?.path.join(".") ?? ""}`.trim());
    const spec = REGISTRY[code] as CodeSpec<unknown>;
    messages.push(spec.message(params));
    spec.hint?.(params);
  };
  return { report, findings, messages };
}

export function lowerContext(report: Report = () => {}): LowerContext {
  return {
    report,
    interfacePrefix: "cali",
    selectors: new SelectorFolder(),
    profiles: new EndpointProfiles(),
  };
}

/** The objects in the order in which they were made. */
export function lowerAll(resources: readonly Resource[], context: LowerContext): readonly ModelObject[] {
  const objects: ModelObject[] = [];
  const model: ClusterModel = {
    all: <K extends ModelKind>(kind: K) =>
      new Map(
        objects.flatMap((object) => (object.kind === kind ? [[object.key, object as ModelOf<K>]] : [])),
      ),
  };
  const sink: ModelSink = {
    model,
    update: (changes: Iterable<ModelUpdate>) => {
      for (const { value } of changes) if (value !== undefined) objects.push(value);
    },
  };
  lowerInto(sink, resources, context);
  return objects;
}

/** YAML text through the real front end: parse, decode, validate, lower. */
export function readYaml(text: string): ReadResult {
  const { report, findings, messages } = collector();
  const resources = decodeDocuments(parseDocuments([{ path: "test.yaml", text }], report), report);
  const objects = lowerAll(resources, lowerContext(report));
  return { findings, messages, objects };
}

/** One resource whose metadata and spec are given as values. */
export function readResource(kind: string, document: Readonly<Record<string, unknown>>): ReadResult {
  const { apiVersion = "projectcalico.org/v3", metadata = { name: "default" }, ...body } = document;
  return readYaml(JSON.stringify({ apiVersion, kind, metadata, ...body }));
}

/** The only object that the resource lowers to, and the proof that nothing was found wrong with it. */
export function lowered(kind: string, document: Readonly<Record<string, unknown>>): ModelObject {
  const { findings, messages, objects } = readResource(kind, document);
  const [object, ...others] = objects;
  if (findings.length > 0 || object === undefined || others.length > 0)
    throw new Error(`expected one sound object of ${kind}: ${[...findings, ...messages].join("; ")}`);
  return object;
}
