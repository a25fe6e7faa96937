import { afterEach, beforeEach, describe, test } from "vitest";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import type { Resource, ResourceKey } from "../../runtime/datastore/resource.ts";
import { Mirror } from "./consume.ts";
import { testWatches } from "./contract-watches.ts";
import { testReadsAndWrites } from "./contract-writes.ts";

/** A test that needs to do something to the datastore; where that cannot be done its name says why it is skipped. */
export function testWith(cannot: Cannot, needs: keyof Cannot, name: string, run: () => Promise<void>): void {
  const reason = cannot[needs];
  test.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (${reason})`, run);
}

/** A datastore under test, and what can happen to it. */
export interface Harness {
  /** Another client of the same datastore. */
  open(): Promise<Datastore>;
  /** Stores many resources by the shortest way. */
  seed(resources: readonly Resource[]): Promise<void>;
  /** Puts something that is no resource where this key's value is. */
  corrupt(key: ResourceKey): Promise<void>;
  /** Loses the history up to now, for clients of `open`; may write pools to do so. */
  forget(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** What a test of the contract works with; all is made anew for each, and closed after it. */
export interface Subject {
  readonly harness: Harness;
  readonly datastore: Datastore;
  open(): Promise<Datastore>;
  mirror(...args: ConstructorParameters<typeof Mirror>): Mirror;
}

/** What cannot be done to a datastore here, with the reason: tests that need it are skipped. */
export type Cannot = Partial<Record<"corrupt" | "forget" | "stop", string>>;

/** What every datastore promises; `writes` bounds the tests that write one by one. */
export function describeContract(
  name: string,
  make: () => Promise<Harness>,
  writes: number,
  cannot: Cannot = {},
): void {
  describe(`datastore contract: ${name}`, () => {
    let subject: Subject;
    const opened: Datastore[] = [];
    const mirrors: Mirror[] = [];

    beforeEach(async () => {
      const harness = await make();
      const open = async (): Promise<Datastore> => {
        const another = await harness.open();
        opened.push(another);
        return another;
      };
      const mirror: Subject["mirror"] = (...args) => {
        const made = new Mirror(...args);
        mirrors.push(made);
        return made;
      };
      subject = { harness, datastore: await open(), open, mirror };
    });
    afterEach(async () => {
      for (const started of mirrors.splice(0)) await started.stop();
      for (const another of opened.splice(0)) await another.close();
      await subject.harness.close();
    });

    testReadsAndWrites(() => subject, cannot);
    testWatches(() => subject, writes, cannot);
  });
}
