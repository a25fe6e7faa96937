import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EtcdClient } from "../../runtime/datastore/etcd/client.ts";
import {
  type FelixStatus,
  felixStatusKey,
  putFelixStatus,
  readFelixStatusKey,
} from "../../runtime/datastore/etcd/felix-status.ts";
import { EtcdServer, missingForEtcdTests } from "./etcd-server.ts";

const KEYS: readonly (readonly [string, FelixStatus])[] = [
  ["/calico/felix/v2/no-region/host/n-1/status", { of: "felix", region: "", host: "n-1", key: "status" }],
  [
    "/calico/felix/v2/region-west/host/n-1/last_reported_status",
    { of: "felix", region: "west", host: "n-1", key: "last_reported_status" },
  ],
  [
    "/calico/felix/v2/no-region/host/n-1/workload/k8s/prod%2fweb%252f-0/endpoint/eth0",
    {
      of: "workload",
      region: "",
      host: "n-1",
      orchestrator: "k8s",
      workload: "prod/web%2f-0",
      endpoint: "eth0",
    },
  ],
];

test.each(KEYS)("%s is written and read", (key, status) => {
  expect(felixStatusKey(status)).toBe(key);
  expect(readFelixStatusKey(key)).toEqual(status);
});

test("other keys are no status", () => {
  for (const key of ["/calico/felix/v2/no-region/host/n-1", "/calico/felix/v1/host/n/endpoint/e", "/x"])
    expect(readFelixStatusKey(key)).toBeUndefined();
});

const missing = missingForEtcdTests();

describe.skipIf(missing !== undefined)(
  `status in etcd${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let server: EtcdServer;
    let client: EtcdClient;
    beforeAll(async () => {
      server = await EtcdServer.start();
      client = new EtcdClient({ endpoints: [server.endpoint] });
    });
    afterAll(async () => {
      client?.close();
      await server?.close();
    });

    test("a status ends with its lease, unless it is renewed", { timeout: 40_000 }, async () => {
      const [[key, status]] = KEYS as [(typeof KEYS)[0]];
      await putFelixStatus(
        client,
        status,
        { time: "2026-08-01T00:00:00Z", uptime: 1.5, first_update: true },
        2,
      );
      expect(await client.get(key).string()).toBe(
        '{"time":"2026-08-01T00:00:00Z","uptime":1.5,"first_update":true}',
      );
      await delay(1000);
      await putFelixStatus(client, status, { uptime: 2 }, 4);
      await delay(2500);
      expect(await client.get(key).string()).toBe('{"uptime":2}');
      await expect.poll(() => client.get(key).exists(), { timeout: 15_000, interval: 200 }).toBe(false);
    });
  },
);
