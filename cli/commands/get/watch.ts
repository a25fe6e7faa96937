import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import { keyId, type Stored } from "../../../runtime/datastore/resource.ts";
import type { SyncUpdate } from "../../../runtime/datastore/syncer/outbox.ts";
import { sync } from "../../../runtime/datastore/syncer/syncer.ts";
import type { TableContext } from "../../resources/columns.ts";
import { type Format, headings, row, toJson, toYaml, versioned } from "../../resources/output.ts";
import type { Asked } from "../../resources/selection.ts";
import { tabulated, widthsOf } from "../../resources/table.ts";

export interface Watched {
  readonly format: Format;
  readonly namespaces: boolean;
  readonly matches: (stored: Stored) => boolean;
  readonly context: TableContext;
}

/**
 * Prints all resources of a kind and then each change, until the process is interrupted: rows of a table with
 * ADDED, MODIFIED or DELETED before them, or documents. What went away while the datastore could not be reached shows as
 * deleted when it can be again.
 */
export async function watchResources(
  datastore: Datastore,
  asked: Extract<Asked, { what: "all" }>,
  { format, namespaces, matches, context }: Watched,
): Promise<void> {
  const over = new AbortController();
  const stop = () => over.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const isTable = format.kind !== "yaml" && format.kind !== "json" && format.kind !== "name";
  const head = isTable ? ["EVENT   ", ...headings(asked.managed, format, namespaces)] : [];
  // As wide as the longest event.
  const cells = (event: string, stored: Stored) => [
    event,
    ...row(stored, asked.managed, head.slice(1), context),
  ];
  const known = new Map<string, Stored>();
  let widths: readonly number[] | undefined;
  const print = (event: string, stored: Stored): void => {
    if (isTable) process.stdout.write(tabulated([cells(event, stored)], widths));
    else if (format.kind === "name")
      process.stdout.write(`${event} ${stored.key.kind.toLowerCase()}/${stored.key.name}\n`);
    else if (format.kind === "json") process.stdout.write(toJson({ type: event, object: versioned(stored) }));
    else process.stdout.write(`---\n# ${event}\n${toYaml(versioned(stored))}`);
  };
  const begin = (): void => {
    const first = [...known.values()];
    const lines = [head, ...first.map((stored) => cells("ADDED", stored))];
    widths = widthsOf(lines);
    if (isTable) process.stdout.write(tabulated(lines, widths));
    else for (const stored of first) print("ADDED", stored);
  };
  const change = (update: SyncUpdate): void => {
    const id = keyId(update.kind === "upsert" ? update.stored.key : update.key);
    const before = known.get(id);
    const after = update.kind === "upsert" && matches(update.stored) ? update.stored : undefined;
    if (after === undefined) known.delete(id);
    else known.set(id, after);
    if (widths === undefined) return;
    if (after !== undefined) print(before === undefined ? "ADDED" : "MODIFIED", after);
    else if (before !== undefined) print("DELETED", before);
  };
  let said: string | undefined;
  try {
    for await (const event of sync(datastore, [asked.selection], { signal: over.signal })) {
      if (event.kind === "updates") for (const update of event.updates) change(update);
      else {
        if (event.status === "in-sync" && widths === undefined) begin();
        if (event.trouble !== undefined && event.trouble.message !== said)
          process.stderr.write(`${event.trouble.message}; trying again\n`);
        said = event.trouble?.message;
      }
    }
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
