import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EtcdDatastore } from "../../runtime/datastore/etcd/etcd-datastore.ts";
import { listAll, Mirror, problem, watchFor } from "./consume.ts";
import { EtcdServer, freePort, missingForEtcdTests, run } from "./etcd-server.ts";
import { NETWORK_SETS, networkSet, POOLS, pool, setKey } from "./samples.ts";

const missing = missingForEtcdTests(["etcd", "etcdctl", "openssl"]);

/** A certificate authority, and certificates for the server and a client. */
function makeCertificates(directory: string) {
  const path = (name: string): string => join(directory, name);
  const authority = (name: string): void => {
    run("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`],
      ...["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`)],
    ]);
  };
  const issue = (name: string): void => {
    run("openssl", [
      ...[
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        `/CN=${name}`,
        "-addext",
        "subjectAltName=IP:127.0.0.1",
      ],
      ...["-keyout", path(`${name}.key`), "-out", path(`${name}.csr`)],
    ]);
    run("openssl", [
      ...[
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        path(`${name}.csr`),
        "-CA",
        path("ca.pem"),
        "-CAkey",
        path("ca.key"),
      ],
      ...["-CAcreateserial", "-copy_extensions", "copy", "-out", path(`${name}.pem`)],
    ]);
  };
  authority("ca");
  authority("stranger");
  issue("server");
  issue("client");
  return { path, pem: (name: string): Buffer => readFileSync(path(name)) };
}

describe.skipIf(missing !== undefined)(
  `etcd with TLS and users${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    const directory = mkdtempSync(join(tmpdir(), "calico-tls-"));
    let certificates: ReturnType<typeof makeCertificates>;
    let server: EtcdServer;
    const open: EtcdDatastore[] = [];

    function connect(options: Partial<ConstructorParameters<typeof EtcdDatastore>[0]>): EtcdDatastore {
      const { pem } = certificates;
      const datastore = new EtcdDatastore({
        endpoints: [server.endpoint],
        ca: pem("ca.pem"),
        certificate: pem("client.pem"),
        key: pem("client.key"),
        timeout: 3000,
        ...options,
      });
      open.push(datastore);
      return datastore;
    }

    beforeAll(async () => {
      certificates = makeCertificates(directory);
      const { path } = certificates;
      server = await EtcdServer.start(
        [
          `--cert-file=${path("server.pem")}`,
          `--key-file=${path("server.key")}`,
          `--trusted-ca-file=${path("ca.pem")}`,
          "--client-cert-auth",
          // Tokens that are not used for this long expire.
          "--auth-token-ttl=2",
        ],
        "https",
      );
      const etcdctl = (...args: readonly string[]): string =>
        run(
          "etcdctl",
          [
            `--endpoints=${server.endpoint}`,
            `--cacert=${path("ca.pem")}`,
            `--cert=${path("client.pem")}`,
            `--key=${path("client.key")}`,
            ...args,
          ],
          { ETCDCTL_API: "3" },
        );
      etcdctl("user", "add", "root:secret");
      etcdctl("user", "grant-role", "root", "root");
      etcdctl("user", "add", "reader:secret");
      etcdctl("role", "add", "sets");
      etcdctl(
        "role",
        "grant-permission",
        "sets",
        "--prefix=true",
        "read",
        "/calico/resources/v3/projectcalico.org/networksets/",
      );
      etcdctl("user", "grant-role", "reader", "sets");
      etcdctl("auth", "enable");
    });
    afterAll(async () => {
      for (const datastore of open) await datastore.close();
      await server?.close();
      rmSync(directory, { recursive: true, force: true });
    });

    test("a user reads, writes and watches what it may", async () => {
      const root = connect({ username: "root", password: "secret" });
      const { revision } = await root.list(NETWORK_SETS);
      await root.create(networkSet("prod", "db"));
      const reader = connect({ username: "reader", password: "secret" });
      expect((await reader.get(setKey("prod", "db"))).key.name).toBe("db");
      expect(await watchFor(reader, NETWORK_SETS, revision, 1)).toMatchObject([{ kind: "upsert" }]);
      expect(await problem(reader.create(networkSet("prod", "db2")))).toMatchObject({ kind: "unauthorized" });
      expect(await problem(reader.list(POOLS))).toMatchObject({ kind: "unauthorized" });
      expect(await problem(watchFor(reader, POOLS, revision, 1))).toMatchObject({ kind: "unauthorized" });
      expect((await listAll(root, NETWORK_SETS, 10)).items).toHaveLength(1);
    });

    test("no user, or a wrong password, is refused without telling the password", async () => {
      expect(await problem(connect({}).list(NETWORK_SETS))).toMatchObject({ kind: "unauthorized" });
      const wrong = connect({ username: "root", password: "hunter2" }).list(NETWORK_SETS);
      expect(await problem(wrong)).toMatchObject({ kind: "unauthorized" });
      await expect(wrong).rejects.not.toThrow(/hunter2/);
    });

    test("a token that has expired is renewed, for requests and watches", { timeout: 30_000 }, async () => {
      const root = connect({ username: "root", password: "secret" });
      const view = new Mirror(root, [POOLS]);
      try {
        await view.inSync();
        await new Promise((resolve) => setTimeout(resolve, 4500));
        await root.create(pool("late", "10.9.0.0/16"));
        await view.until(({ versions }) => versions.has("/late"));
        const { revision } = await root.list(POOLS);
        await new Promise((resolve) => setTimeout(resolve, 4500));
        const over = new AbortController();
        for await (const event of root.watch(POOLS, revision, over.signal)) {
          expect(event.kind).toBe("bookmark");
          over.abort();
        }
      } finally {
        await view.stop();
      }
    });

    test("a server that another authority vouches for is not trusted", async () => {
      const { pem } = certificates;
      const wrongAuthority = connect({ ca: pem("stranger.pem"), username: "root", password: "secret" });
      const refused = await problem(wrongAuthority.list(NETWORK_SETS));
      expect(refused).toMatchObject({ kind: "unreachable" });
      expect("reason" in refused && refused.reason).toMatch(/certificate/);
    });

    test("nobody listens, or nobody speaks etcd, is told as unreachable", async () => {
      const nobody = connect({ endpoints: [`https://127.0.0.1:${await freePort()}`] });
      expect(await problem(nobody.list(NETWORK_SETS))).toMatchObject({
        kind: "unreachable",
        reason: expect.stringMatching(/ECONNREFUSED/),
      });
    });
  },
);
