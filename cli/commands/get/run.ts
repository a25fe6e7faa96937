import { matchesSelector, parseSelector } from "../../../compiler/index.ts";
import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import { problemOf } from "../../../runtime/datastore/errors.ts";
import { type JsonObject, objectOf } from "../../../runtime/datastore/json.ts";
import { CALICO_API_VERSION } from "../../../runtime/datastore/kinds.ts";
import type { Selection, Stored } from "../../../runtime/datastore/resource.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { describeFailure } from "../../resources/client.ts";
import type { TableContext } from "../../resources/columns.ts";
import type { InputRequest } from "../../resources/input.ts";
import { type Format, parseFormat, type Result, render } from "../../resources/output.ts";
import { type Asked, askedFor } from "../../resources/selection.ts";
import { inOrder } from "../../resources/tiers.ts";
import { watchResources } from "./watch.ts";

export interface GetRequest extends InputRequest, DatastoreRequest {
  readonly output: string;
  readonly selector?: string;
  readonly export?: boolean;
  readonly watch?: boolean;
}

export async function runGet(
  kind: string | undefined,
  names: readonly string[],
  request: GetRequest,
): Promise<void> {
  const format = await parseFormat(request.output);
  const matches = selectedBy(request.selector);
  const asked = await askedFor(kind, names, request);
  const namespaces = request.allNamespaces === true || request.namespace !== undefined;
  await withDatastore(request.config, async ({ datastore }) => {
    const context = await tableContext(datastore, asked, format);
    if (request.watch) {
      if (asked.what === "named")
        throw new UserError("--watch follows a kind: leave the names out, and narrow with --selector");
      if (format.kind === "go-template") throw new UserError("--watch shows tables, yaml, json or names");
      await watchResources(datastore, asked, { format, namespaces, matches, context });
      return;
    }
    const { results, errors } = await find(datastore, asked, matches, request.export === true);
    process.stdout.write(results.length === 0 ? "" : render(results, format, namespaces, context));
    if (errors.length > 0) throw new UserError(errors.join("\n"));
  });
}

type Matcher = (stored: Stored) => boolean;

/** Calico's selectors, on the labels of the resources themselves. */
function selectedBy(selector: string | undefined): Matcher {
  if (selector === undefined) return () => true;
  const parsed = parseSelector(selector);
  if (!parsed.ok) throw new UserError(`the selector does not parse: ${parsed.reason}`);
  const { root } = parsed.selector;
  return ({ resource: { metadata } }) => {
    const labels = objectOf(metadata.labels);
    return matchesSelector(root, (label) => {
      const value = labels[label];
      return typeof value === "string" ? value : undefined;
    });
  };
}

async function find(
  datastore: Datastore,
  asked: Asked,
  matches: Matcher,
  exported: boolean,
): Promise<{ readonly results: readonly Result[]; readonly errors: readonly string[] }> {
  if (asked.what === "all") {
    const { items, revision } = await listAll(datastore, asked.selection);
    const matching = items.filter(matches);
    const shown = asked.managed.kind === "Tier" ? inOrder(matching) : matching;
    return {
      results: [{ what: "list", managed: asked.managed, revision, items: shown }],
      errors: [],
    };
  }
  const results: Result[] = [];
  const errors: string[] = [];
  for (const { key } of asked.named) {
    try {
      const stored = await datastore.get(key);
      if (matches(stored)) results.push({ what: "one", stored: exported ? withoutCluster(stored) : stored });
    } catch (error) {
      errors.push(describeFailure(error));
    }
  }
  return { results, errors };
}

/** All pages; values that cannot be read are said on standard error and left out. */
export async function listAll(
  datastore: Datastore,
  selection: Selection,
): Promise<{ readonly items: readonly Stored[]; readonly revision: string }> {
  const page = await datastore.list(selection);
  for (const { place, reason } of page.corrupt)
    process.stderr.write(`warning: ${place} cannot be read and is left out: ${reason}\n`);
  return page;
}

const CLUSTER_FIELDS: ReadonlySet<string> = new Set([
  "namespace",
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
]);

/** What `--export` leaves of the metadata. */
function withoutCluster({ key, resource }: Stored): Stored {
  const metadata = Object.fromEntries(
    Object.entries(resource.metadata).filter(([field]) => !CLUSTER_FIELDS.has(field)),
  );
  return { key, resourceVersion: "", resource: { ...resource, metadata } as Stored["resource"] };
}

/** Nodes without an AS number of their own show that of the cluster; a template may ask for it. */
async function tableContext(datastore: Datastore, asked: Asked, format: Format): Promise<TableContext> {
  const kinds = asked.what === "all" ? [asked.managed.kind] : asked.named.map(({ key }) => key.kind);
  if (!kinds.includes("Node") && format.kind !== "go-template") return { asNumber: DEFAULT_AS };
  try {
    const { resource } = await datastore.get({
      ...{ apiVersion: CALICO_API_VERSION, kind: "BGPConfiguration", namespace: "", name: "default" },
    });
    const spec: JsonObject = objectOf(resource.spec);
    return { asNumber: spec.asNumber === undefined ? DEFAULT_AS : String(spec.asNumber) };
  } catch (error) {
    return { asNumber: problemOf(error)?.kind === "not-found" ? DEFAULT_AS : "unknown" };
  }
}

const DEFAULT_AS = "64512";
