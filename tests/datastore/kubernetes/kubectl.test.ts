import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import { NETWORK_SETS, networkSet, setKey } from "../samples.ts";
import type { ApiServer } from "./api-server/server.ts";
import { kubeconfigFor, optionsFor, startServer } from "./harness.ts";

const directories = (process.env.PATH ?? "").split(":");
const absent = directories.every((directory) => !existsSync(join(directory, "kubectl")));

/** Another client than ours keeps the server of these tests to the protocol, and writes what we must read. */
describe.skipIf(absent)(`kubectl on the tests' API server${absent ? " (needs kubectl)" : ""}`, () => {
  let server: ApiServer;
  let datastore: KubernetesDatastore;
  const home = mkdtempSync(join(tmpdir(), "kubectl-"));

  beforeAll(async () => {
    server = await startServer("crd.projectcalico.org/v1");
    datastore = new KubernetesDatastore(optionsFor(server));
    writeFileSync(join(home, "config"), kubeconfigFor(server.url));
  });
  afterAll(async () => {
    await datastore.close();
    await server.stop();
    rmSync(home, { recursive: true });
  });

  /** What it prints; rejects with what it says when it fails. */
  function kubectl(args: readonly string[], input = ""): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        "kubectl",
        ["--kubeconfig", join(home, "config"), "--cache-dir", join(home, "cache"), ...args],
        { timeout: 20_000 },
        (error, stdout, stderr) =>
          error === null ? resolve(stdout) : reject(new Error(stderr || error.message)),
      );
      child.stdin?.end(input);
    });
  }

  test("sees in pages what we write", async () => {
    for (const name of ["a", "b", "c"]) await datastore.create(networkSet("prod", name));
    const listed = await kubectl(["get", "networksets", "-A", "--chunk-size=2", "-o", "name"]);
    expect(listed.trim().split("\n")).toEqual(
      ["a", "b", "c"].map((name) => `networkset.crd.projectcalico.org/${name}`),
    );
    const one = JSON.parse(await kubectl(["get", "networkset", "a", "-n", "prod", "-o", "json"])) as object;
    expect(one).toMatchObject({ metadata: { annotations: { "projectcalico.org/metadata": "{}" } } });
  });

  test("writes what we read, and is told of conflicts and of what is there already", async () => {
    const object = {
      apiVersion: "crd.projectcalico.org/v1",
      kind: "NetworkSet",
      metadata: { name: "by-kubectl", namespace: "prod" },
      spec: { nets: ["10.9.0.0/16"] },
    };
    const { revision } = await datastore.list(NETWORK_SETS);
    const text = JSON.stringify(object);
    await kubectl(["create", "--validate=false", "-f", "-"], text);
    await expect(kubectl(["create", "--validate=false", "-f", "-"], text)).rejects.toThrow("AlreadyExists");
    const { resource, resourceVersion } = await datastore.get(setKey("prod", "by-kubectl"));
    expect(resource).toMatchObject({ apiVersion: "projectcalico.org/v3", spec: object.spec });
    await datastore.update({ ...resource, spec: { nets: [] } }, resourceVersion);
    const old = JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion } });
    await expect(kubectl(["replace", "--validate=false", "-f", "-"], old)).rejects.toThrow("Conflict");
    await kubectl(["delete", "networkset", "by-kubectl", "-n", "prod", "--wait=false"]);
    const kinds: string[] = [];
    const over = new AbortController();
    for await (const event of datastore.watch(NETWORK_SETS, revision, over.signal)) {
      kinds.push(event.kind);
      if (event.kind === "delete") over.abort();
    }
    expect(kinds).toEqual(["bookmark", "upsert", "upsert", "delete"]);
  });
});
