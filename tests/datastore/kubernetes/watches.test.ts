import { getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import { problem, watchFor } from "../consume.ts";
import { NETWORK_SETS, networkSet } from "../samples.ts";
import { ApiServer } from "./api-server/server.ts";
import { PODS, withServer } from "./fixture.ts";
import { optionsFor } from "./harness.ts";

const fixture = withServer();

describe("watches", () => {
  test("go on after the server has ended one in order, and miss nothing", async () => {
    const datastore = fixture.open();
    const view = fixture.mirror(datastore, NETWORK_SETS);
    await view.inSync();
    await expect.poll(() => fixture.server.watches).toBe(1);
    fixture.server.endWatches();
    await expect.poll(() => fixture.server.watches).toBe(0);
    await datastore.create(networkSet("prod", "a"));
    await view.until(({ versions }) => versions.has("prod/a"));
    expect(view.statuses).toEqual(["wait", "resync", "in-sync"]);
    expect(view.report?.trouble).toBeUndefined();
  });

  test("tell nothing twice when they go on", async () => {
    const datastore = fixture.open();
    const { revision } = await datastore.list(NETWORK_SETS);
    const seen = watchFor(datastore, NETWORK_SETS, revision, 2);
    await expect.poll(() => fixture.server.watches).toBe(1);
    await datastore.create(networkSet("prod", "a"));
    await delay(50);
    fixture.server.endWatches();
    await datastore.create(networkSet("prod", "b"));
    expect(await seen).toMatchObject([
      { stored: { key: { name: "a" } } },
      { stored: { key: { name: "b" } } },
    ]);
  });

  test("bookmarks carry a quiet one over a compaction", async () => {
    fixture.server.bookmarkEvery = 20;
    const datastore = fixture.open();
    const { revision } = await datastore.list(NETWORK_SETS);
    const over = new AbortController();
    let last = revision;
    for (let i = 0; i < 5; i++) fixture.storePod(`p${i}`);
    for await (const event of datastore.watch(NETWORK_SETS, revision, over.signal)) {
      last = event.revision;
      if (event.kind === "bookmark" && Number(last) === fixture.server.storage.revision) over.abort();
    }
    fixture.server.storage.compact();
    expect(await problem(watchFor(datastore, NETWORK_SETS, revision, 1))).toMatchObject({ kind: "gone" });
    const seen = watchFor(datastore, NETWORK_SETS, last, 1);
    await datastore.create(networkSet("prod", "a"));
    expect(await seen).toMatchObject([{ kind: "upsert" }]);
  });

  test("a revision that the server has not reached is gone: it was another server's", async () => {
    expect(await problem(watchFor(fixture.open(), NETWORK_SETS, "999999", 1))).toEqual({
      kind: "gone",
      revision: "999999",
    });
  });

  test("leave nothing behind: no connection, no listener", async () => {
    const datastore = fixture.open();
    const { revision } = await datastore.list(NETWORK_SETS);
    const outer = new AbortController();
    for (let i = 0; i < 50; i++)
      for await (const event of datastore.watch(NETWORK_SETS, revision, outer.signal)) {
        expect(event.kind).toBe("bookmark");
        break;
      }
    expect(getEventListeners(outer.signal, "abort")).toHaveLength(0);
    await expect.poll(() => fixture.server.watches).toBe(0);
  });

  test("a kind that the server does not have is in sync with nothing, and looked for again", async () => {
    const bare = new ApiServer([]);
    await bare.start();
    fixture.afterwards(() => bare.stop());
    const datastore = new KubernetesDatastore(optionsFor(bare, { lookAgain: 50 }));
    fixture.afterwards(() => datastore.close());
    const view = fixture.mirror(datastore, NETWORK_SETS);
    await view.inSync();
    expect(view.versions.size).toBe(0);
    const before = bare.requests;
    await delay(200);
    expect(bare.requests).toBeGreaterThan(before);
    expect(view.statuses.at(-1)).toBe("in-sync");
  });
});

test("a server that dies in the middle of an answer is unreachable, and a synchronisation lists again", async () => {
  for (let i = 0; i < 200; i++) fixture.storePod(`p${i}`);
  const datastore = fixture.open();
  await datastore.list(PODS);
  fixture.server.broken = 1;
  expect(await problem(datastore.list(PODS))).toMatchObject({ kind: "unreachable" });
  fixture.server.broken = 2;
  const view = fixture.mirror(datastore, PODS);
  await view.inSync();
  expect(view.versions.size).toBe(200);
});

test("a list as a whole whose pages expire comes in one piece", async () => {
  for (let i = 0; i < 1100; i++)
    fixture.server.storage.write(`crd.projectcalico.org/networksets/prod/s${i}`, {
      kind: "NetworkSet",
      metadata: { name: `s${i}`, namespace: "prod" },
      spec: { nets: [] },
    });
  const datastore = fixture.open();
  fixture.server.afterPages = () => {
    fixture.storePod("other");
    fixture.server.storage.compact();
  };
  const page = await datastore.list(NETWORK_SETS);
  expect(page.items).toHaveLength(1100);
  expect(new Set(page.items.map(({ key }) => key.name)).size).toBe(1100);
});
