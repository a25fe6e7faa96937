import { Etcd3, type IRequestOp } from "etcd3";
import { afterAll, beforeAll, describe } from "vitest";
import { EtcdDatastore } from "../../runtime/datastore/etcd/etcd-datastore.ts";
import { keysOf, keysOfResource } from "../../runtime/datastore/etcd/keys.ts";
import { encodeValue } from "../../runtime/datastore/etcd/values.ts";
import { describeContract } from "./contract.ts";
import { EtcdServer, missingForEtcdTests } from "./etcd-server.ts";

const missing = missingForEtcdTests();

describe.skipIf(missing !== undefined)(`etcd${missing === undefined ? "" : ` (${missing})`}`, () => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await EtcdServer.start();
  });
  afterAll(() => server?.close());

  describeContract(
    "etcd",
    async () => {
      const raw = new Etcd3({ hosts: server.endpoint });
      await raw.delete().prefix("/calico/");
      return {
        open: async () => new EtcdDatastore({ endpoints: [server.endpoint] }),
        async seed(resources) {
          const puts = resources.map((resource): IRequestOp => {
            const [key = ""] = keysOfResource(resource);
            return { request_put: { key: Buffer.from(key), value: encodeValue(key, resource) } };
          });
          // etcd takes 128 operations in one transaction.
          for (let i = 0; i < puts.length; i += 128) await raw.kv.txn({ success: puts.slice(i, i + 128) });
        },
        async corrupt(key) {
          await raw.put(keysOf(key)[0] ?? "").value('{"kind":');
        },
        async forget() {
          const { header } = await raw.kv.range({ key: Buffer.from("/calico/"), limit: 1 });
          await raw.kv.compact({ revision: header.revision, physical: true });
        },
        stop: () => server.stop(),
        start: () => server.start(),
        async close() {
          raw.close();
        },
      };
    },
    2000,
  );
});
