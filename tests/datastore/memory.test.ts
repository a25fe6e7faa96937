import { MemoryDatastore, MemoryServer } from "../../runtime/datastore/memory/memory-datastore.ts";
import { describeContract } from "./contract.ts";

describeContract(
  "memory",
  async () => {
    const server = new MemoryServer();
    return {
      open: async () => new MemoryDatastore(server),
      seed: async (resources) => {
        const client = new MemoryDatastore(server);
        for (const resource of resources) await client.create(resource);
      },
      corrupt: async (key) => server.putRaw(key, '{"kind":'),
      forget: async () => server.compact(),
      stop: async () => server.stop(),
      start: async () => server.start(),
      close: async () => undefined,
    };
  },
  2000,
);
