import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DatastoreError } from "../../runtime/datastore/errors.ts";
import type { Stored } from "../../runtime/datastore/resource.ts";
import {
  Outbox,
  type SyncEvent,
  type SyncReport,
  type SyncStatus,
} from "../../runtime/datastore/syncer/outbox.ts";
import { NETWORK_SETS, networkSet, setKey } from "./samples.ts";

function stored(name: string, version: number): Stored {
  return { key: setKey("n", name), resourceVersion: `${version}`, resource: networkSet("n", name) };
}

function report(status: SyncStatus): SyncReport {
  return { status, corrupt: [], trouble: undefined };
}

function drain(outbox: Outbox): readonly SyncEvent[] {
  const events: SyncEvent[] = [];
  for (let event = outbox.take(); event !== undefined; event = outbox.take()) events.push(event);
  return events;
}

/** Statuses, and `+name@version` or `-name` for updates. */
function told(events: readonly SyncEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === "status"
      ? [event.status]
      : event.updates.map((update) =>
          update.kind === "upsert"
            ? `+${update.stored.key.name}@${update.stored.resourceVersion}`
            : `-${update.key.name}`,
        ),
  );
}

describe("what a consumer is told", () => {
  test("wait, resync, everything, in-sync", () => {
    const outbox = new Outbox(10);
    outbox.report(report("resync"));
    outbox.upsert(stored("a", 1));
    outbox.upsert(stored("b", 1));
    outbox.report(report("in-sync"));
    outbox.upsert(stored("c", 2));
    expect(told(drain(outbox))).toEqual(["wait", "resync", "+a@1", "+b@1", "in-sync", "+c@2"]);
  });

  test("changes that the consumer has not taken fall together, and vanish if nothing is left of them", () => {
    const outbox = new Outbox(10);
    outbox.report(report("in-sync"));
    outbox.upsert(stored("a", 1));
    outbox.upsert(stored("b", 1));
    drain(outbox);
    outbox.upsert(stored("a", 2));
    outbox.upsert(stored("a", 3));
    outbox.remove(setKey("n", "b"));
    outbox.upsert(stored("b", 4));
    outbox.upsert(stored("new", 5));
    outbox.remove(setKey("n", "new"));
    expect(told(drain(outbox))).toEqual(["+a@3", "+b@4"]);
    outbox.upsert(stored("a", 3));
    expect(drain(outbox)).toEqual([]);
  });

  test("a list tells only differences", () => {
    const outbox = new Outbox(10);
    outbox.report(report("in-sync"));
    for (const name of ["a", "b", "c"]) outbox.upsert(stored(name, 1));
    drain(outbox);
    outbox.report(report("resync"));
    outbox.upsert(stored("a", 1));
    outbox.upsert(stored("b", 2));
    outbox.removeOthers(
      NETWORK_SETS,
      new Set(["a", "b"].map((name) => `NetworkSet\0projectcalico.org/v3\0n/${name}`)),
    );
    outbox.report(report("in-sync"));
    expect(told(drain(outbox))).toEqual(["+b@2", "-c", "in-sync"]);
  });

  test("a stream of changes does not hold a status back, and a new trouble is told with the same status", () => {
    const outbox = new Outbox(10);
    outbox.report(report("in-sync"));
    drain(outbox);
    outbox.upsert(stored("a", 1));
    outbox.report({
      ...report("in-sync"),
      trouble: new DatastoreError({ kind: "unreachable", reason: "x" }),
    });
    for (let i = 2; i < 2000; i++) outbox.upsert(stored(`k${i}`, i));
    const events = [outbox.take(), outbox.take(), outbox.take()];
    expect(events.map((event) => event?.kind)).toEqual(["updates", "status", "updates"]);
    expect(events[1]).toMatchObject({ status: "in-sync", trouble: { problem: { kind: "unreachable" } } });
  });

  test("after any history the consumer knows what there is, and was never told a version twice", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("upsert" as const), name: fc.constantFrom("a", "b", "c", "d") }),
      fc.record({ kind: fc.constant("remove" as const), name: fc.constantFrom("a", "b", "c", "d") }),
      fc.record({ kind: fc.constant("take" as const) }),
      fc.record({
        kind: fc.constant("report" as const),
        status: fc.constantFrom("wait", "resync", "in-sync"),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const outbox = new Outbox(10);
        const truth = new Map<string, string>();
        const view = new Map<string, string>();
        let status = "";
        const hear = (event: SyncEvent | undefined): void => {
          if (event?.kind === "status") status = event.status;
          for (const update of event?.kind === "updates" ? event.updates : []) {
            expect(status).not.toBe("wait");
            const { name } = update.kind === "upsert" ? update.stored.key : update.key;
            if (update.kind === "upsert") {
              expect(view.get(name)).not.toBe(update.stored.resourceVersion);
              view.set(name, update.stored.resourceVersion);
            } else expect(view.delete(name)).toBe(true);
          }
        };
        for (const [version, next] of steps.entries()) {
          if (next.kind === "upsert") {
            truth.set(next.name, `${version}`);
            outbox.upsert(stored(next.name, version));
          } else if (next.kind === "remove") {
            truth.delete(next.name);
            outbox.remove(setKey("n", next.name));
          } else if (next.kind === "report") outbox.report(report(next.status));
          else hear(outbox.take());
        }
        for (const event of drain(outbox)) hear(event);
        expect(Object.fromEntries(view)).toEqual(Object.fromEntries(truth));
      }),
    );
  });
});
