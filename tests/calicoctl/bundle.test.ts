import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildBinaries } from "../../scripts/build.ts";
import { EtcdServer, missingForEtcdTests } from "../datastore/etcd-server.ts";
import { kubeconfigFor, startServer } from "../datastore/kubernetes/harness.ts";
import { pool, Store } from "./store.ts";

/** The program as it is shipped, in a directory without a `node_modules` above it. */
describe("the bundle", () => {
  let directory: string;
  let store: Store;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "calicoctl-bundle-"));
    await buildBinaries(join(directory, "dist"));
    store = await Store.open({});
  }, 120_000);
  afterAll(async () => {
    await store?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const writesAndReads = async (environment: Readonly<Record<string, string>>, through = "calicoctl.js") => {
    const run = promisify(execFile);
    const env = { ...process.env, ...environment };
    const calicoctl = async (...words: readonly string[]) =>
      (await run(process.execPath, [join(directory, "dist", through), ...words], { env })).stdout;
    expect(await calicoctl("apply", "-f", await store.file("p.yaml", pool("p1", "10.1.0.0/16")))).toBe(
      "Successfully applied 1 'IPPool' resource(s)\n",
    );
    expect(await calicoctl("get", "pool")).toMatch(/^p1 +10\.1\.0\.0\/16/m);
    expect(await calicoctl("ipam", "show")).toMatch(/ 10\.1\.0\.0\/16 /);
  };

  test("works on a directory", () => writesAndReads({ FILE_PATH: store.directory }));

  const missing = missingForEtcdTests();
  test.skipIf(missing !== undefined)(
    `works on etcd${missing === undefined ? "" : ` (${missing})`}`,
    async () => {
      const etcd = await EtcdServer.start();
      try {
        await writesAndReads({ ETCD_ENDPOINTS: etcd.endpoint });
        // As npx and npm install programs.
        await symlink("calicoctl.js", join(directory, "dist", "calicoctl"));
        await writesAndReads({ ETCD_ENDPOINTS: etcd.endpoint }, "calicoctl");
      } finally {
        await etcd.close();
      }
    },
  );

  test("works on Kubernetes", async () => {
    const server = await startServer("crd.projectcalico.org/v1");
    try {
      await writesAndReads({ KUBECONFIG: await store.file("kubeconfig", kubeconfigFor(server.url)) });
    } finally {
      await server.stop();
    }
  });
});
