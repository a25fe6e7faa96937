import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import { problem, watchFor } from "../consume.ts";
import { run } from "../etcd-server.ts";
import { NETWORK_SETS, networkSet } from "../samples.ts";
import { ApiServer } from "./api-server/server.ts";
import { kubeconfigFor, resourcesOf } from "./harness.ts";

const absent = (process.env.PATH ?? "")
  .split(":")
  .every((directory) => !existsSync(join(directory, "openssl")));

describe.skipIf(absent)(`a Kubernetes API server with TLS${absent ? " (needs openssl)" : ""}`, () => {
  const directory = mkdtempSync(join(tmpdir(), "kubernetes-tls-"));
  const path = (name: string): string => join(directory, name);
  let server: ApiServer;

  beforeAll(async () => {
    for (const name of ["server", "other"])
      run("openssl", [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`],
        ...[
          "-addext",
          "subjectAltName=IP:127.0.0.1",
          "-keyout",
          path(`${name}.key`),
          "-out",
          path(`${name}.pem`),
        ],
      ]);
    const tls = { cert: readFileSync(path("server.pem")), key: readFileSync(path("server.key")) };
    server = new ApiServer(resourcesOf("crd.projectcalico.org/v1"), tls);
    server.tokens.set("t", "admin");
    server.addNamespace("prod");
    await server.start();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  test("is trusted with its authority, and the token reaches it", async () => {
    const datastore = new KubernetesDatastore({
      kubeconfigInline: kubeconfigFor(server.url, { token: "t" }),
      caFile: path("server.pem"),
    });
    const { revision } = await datastore.list(NETWORK_SETS);
    await datastore.create(networkSet("prod", "a"));
    expect(await watchFor(datastore, NETWORK_SETS, revision, 1)).toMatchObject([{ kind: "upsert" }]);
  });

  test("is not trusted with another, or none; the reason is said and the token not sent", async () => {
    const before = server.requests;
    for (const ca of [{ caFile: path("other.pem") }, {}]) {
      const datastore = new KubernetesDatastore({ endpoint: server.url, token: "t", ...ca });
      expect(await problem(datastore.list(NETWORK_SETS))).toEqual({
        kind: "unreachable",
        reason: expect.stringMatching(/certificate/),
      });
    }
    expect(server.requests).toBe(before);
    const careless = new KubernetesDatastore({
      endpoint: server.url,
      token: "t",
      insecureSkipTlsVerify: true,
    });
    await careless.list(NETWORK_SETS);
    expect(server.requests).toBeGreaterThan(before);
  });
});
