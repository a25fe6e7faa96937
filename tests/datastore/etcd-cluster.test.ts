import { Etcd3 } from "etcd3";
import { afterEach, describe, expect, test } from "vitest";
import { problemOf } from "../../runtime/datastore/errors.ts";
import { EtcdDatastore } from "../../runtime/datastore/etcd/etcd-datastore.ts";
import { Mirror } from "./consume.ts";
import { EtcdServer, freePort, missingForEtcdTests } from "./etcd-server.ts";
import { NETWORK_SETS, networkSet, setKey } from "./samples.ts";

const missing = missingForEtcdTests();
/** How many leaders are killed, one after the other, each restarted before the next. */
const LEADERS = process.env.CALICO_LONG_TESTS ? 6 : 1;

describe.skipIf(missing !== undefined)(`etcd cluster${missing === undefined ? "" : ` (${missing})`}`, () => {
  const members: EtcdServer[] = [];
  afterEach(async () => {
    for (const member of members.splice(0)) await member.close();
  });

  async function startCluster(): Promise<void> {
    const peers = await Promise.all([1, 2, 3].map(async () => `http://127.0.0.1:${await freePort()}`));
    const cluster = peers.map((peer, i) => `m${i}=${peer}`).join(",");
    const started = await Promise.all(
      peers.map((peer, i) =>
        EtcdServer.start([
          `--name=m${i}`,
          `--listen-peer-urls=${peer}`,
          `--initial-advertise-peer-urls=${peer}`,
          `--initial-cluster=${cluster}`,
          "--heartbeat-interval=50",
          "--election-timeout=500",
        ]),
      ),
    );
    members.push(...started);
  }

  /** The member that leads now. */
  async function leader(): Promise<EtcdServer> {
    for (;;)
      for (const member of members) {
        const client = new Etcd3({ hosts: member.endpoint });
        try {
          const { header, leader: leads } = await client.maintenance.status();
          if (leads !== "0" && header.member_id === leads) return member;
        } catch {
          // The member is down or still looking for the others.
        } finally {
          client.close();
        }
      }
  }

  test("the leader's death loses no update and no event", {
    timeout: 60_000 + LEADERS * 20_000,
  }, async () => {
    await startCluster();
    const endpoints = members.map(({ endpoint }) => endpoint);
    await leader();
    const writer = new EtcdDatastore({ endpoints, timeout: 2000 });
    const reader = new EtcdDatastore({ endpoints, timeout: 2000 });
    const view = new Mirror(reader, [NETWORK_SETS]);
    try {
      await writer.create(networkSet("prod", "counter", []));
      await view.inSync();
      let count = 0;
      /** Adds one element, however often it takes; what has happened is read, never assumed. */
      const add = async (): Promise<void> => {
        const net = `10.0.${count >> 8}.${count & 255}/32`;
        for (;;) {
          try {
            const { resource, resourceVersion } = await writer.get(setKey("prod", "counter"));
            const { nets } = resource.spec as { readonly nets: readonly string[] };
            if (nets.includes(net)) break;
            await writer.update(networkSet("prod", "counter", [...nets, net]), resourceVersion);
          } catch (error) {
            const kind = problemOf(error)?.kind;
            if (kind !== "unreachable" && kind !== "conflict") throw error;
          }
        }
        count++;
      };
      for (let round = 0; round < LEADERS; round++) {
        for (let i = 0; i < 10; i++) await add();
        const led = await leader();
        await led.stop();
        for (let i = 0; i < 10; i++) await add();
        await led.start();
      }
      const { resource, resourceVersion } = await writer.get(setKey("prod", "counter"));
      expect((resource.spec as { nets: string[] }).nets).toHaveLength(20 * LEADERS);
      await view.until(({ versions }) => versions.get("prod/counter")?.resourceVersion === resourceVersion);
      expect(view.report?.status).toBe("in-sync");
    } finally {
      await view.stop();
      await writer.close();
      await reader.close();
    }
  });
});
