import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { podPieces } from "../../runtime/diags/pods.ts";
import { withoutSecrets } from "../../runtime/diags/secrets.ts";
import { kubeconfigFor, startServer } from "../datastore/kubernetes/harness.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { networkSet, pool, Store } from "./store.ts";

/** Parts of a token of a service account. */
const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl-canary";

describe("what looks like a secret is taken out", () => {
  test.each([
    ["-----BEGIN RSA PRIVATE KEY-----\nAAcanary\n-----END RSA PRIVATE KEY-----\nrest", "<censored>\nrest"],
    ["-----BEGIN PRIVATE KEY-----\nAAcanary", "<censored>"],
    ['  password "can\\"ary";', '  password "<censored>";'],
    ["etcdPassword: canary", "etcdPassword: <censored>"],
    ["ETCD_PASSWORD=canary NEXT=1", "ETCD_PASSWORD=<censored> NEXT=1"],
    ['{"token":"canary","a":1}', '{"token":<censored>,"a":1}'],
    ["PrivateKey = canary=", "PrivateKey = <censored>"],
    ["Authorization: Bearer canary.canary", "Authorization: Bearer <censored>"],
    [`x ${TOKEN} y`, "x <censored> y"],
    ["https://user:canary@host:2379/x", "https://user:<censored>@host:2379/x"],
  ])("%s", (text, clean) => {
    expect(withoutSecrets(text)).toBe(clean);
  });

  test.each([
    "password:\n  secretKeyRef:\n    name: bgp\n    key: password\n",
    "automountServiceAccountToken: true",
    "  private key: (hidden)",
    '-A cali-INPUT -m comment --comment "cali:abc" -j ACCEPT',
    "http://10.0.0.1:2379 https://[fd00::1]:2379/a@b",
    "tokens and passwords are secrets",
  ])("and nothing else: %s", (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });
});

let store: Store;
let room: string;
beforeEach(async () => {
  store = await Store.open();
  room = dirname(store.directory);
  vi.stubEnv("TMPDIR", room);
});
afterEach(() => store.close());

/** The files of an archive, by their paths in it. */
async function unpacked(archive: string): Promise<ReadonlyMap<string, string>> {
  const target = join(room, "unpacked");
  await mkdir(target);
  const { status, stderr } = spawnSync("tar", ["-xzf", archive, "-C", target], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const entries = (await readdir(target, { recursive: true, withFileTypes: true })).filter((each) =>
    each.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  const read = paths.map(
    async (path) => [path.slice(target.length + 1), await readFile(path, "utf8")] as const,
  );
  return new Map(await Promise.all(read));
}

describe("node diags", () => {
  const missing = missingForKernelTests(["tar"]);

  test.skipIf(missing)(`packs what tools say, and logs${missing ? ` (${missing})` : ""}`, async () => {
    const logs = join(room, "logs");
    await mkdir(join(logs, "cni"), { recursive: true });
    await writeFile(join(logs, "cni/cni.log"), `added a pod\nAuthorization: Bearer ${TOKEN}\n`);
    await writeFile(join(logs, "long.log"), `${"x".repeat(65_000_000)}the end\n`);
    await writeFile(join(logs, "old.log.gz"), Buffer.from([0x1f, 0x8b, 0]));
    const { code, stdout, stderr } = await calicoctl("node", "diags", "--log-dir", logs);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Collecting diagnostics\nUsing temp dir: /);
    expect(stdout).toContain(`${logs}/old.log.gz is packed and left out\n`);
    const archive = /^Diags saved to (\S+diags-\d{8}_\d{6}\.tar\.gz)$/m.exec(stdout)?.[1] ?? "";
    expect((await stat(archive)).mode & 0o777).toBe(0o600);
    const files = await unpacked(archive);
    expect(files.get("diagnostics/ipv4_addr")).toContain("127.0.0.1/8");
    expect(files.get("diagnostics/logs/cni/cni.log")).toBe("added a pod\nAuthorization: Bearer <censored>\n");
    expect(files.has("diagnostics/logs/old.log.gz")).toBe(false);
    const long = files.get("diagnostics/logs/long.log") ?? "";
    expect({ length: long.length, end: long.slice(-9) }).toEqual({ length: 64_000_000, end: "xthe end\n" });
  });

  test.skipIf(missing)(`goes on where there are no logs${missing ? ` (${missing})` : ""}`, async () => {
    const { code, stdout } = await calicoctl("node", "diags", "--log-dir", join(room, "nowhere"));
    expect(code).toBe(0);
    expect(stdout).toContain("; skipping log copying\n");
  });
});

const WITH_SECRETS = `${pool("p1", "10.1.0.0/16")}apiVersion: v1
kind: Secret
metadata: {name: bgp, namespace: kube-system}
stringData: {password: canary}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: prod
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"env":"canary"}'}
spec:
  nodeName: n1
  containers: [{name: c, image: web:1, env: [{name: DB, value: canary}], args: [--db=canary], command: [canary]}]
status: {podIP: 10.1.0.9}
`;

describe("cluster diags", () => {
  let home: string;
  beforeEach(() => {
    home = process.cwd();
    process.chdir(room);
  });
  afterEach(() => {
    process.chdir(home);
  });

  async function collected(...args: readonly string[]) {
    const { code, stdout, stderr } = await calicoctl("cluster", "diags", ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const archive = /^Diagnostic bundle created at \.\/(\S+)$/m.exec(stdout)?.[1] ?? "";
    const files = await unpacked(join(room, archive));
    const top = `${archive.replace(".tar.gz", "")}/`;
    return { stdout, files: new Map([...files].map(([path, text]) => [path.slice(top.length), text])) };
  }

  test("packs the resources of a directory, and no secret", async () => {
    await writeFile(join(store.directory, "all.yaml"), WITH_SECRETS);
    const { stdout, files } = await collected();
    expect([...files.keys()].sort()).toEqual([
      "cluster/IPPool.projectcalico.org_v3.yaml",
      "cluster/Pod.v1.yaml",
    ]);
    expect([...files.values()].join("")).not.toContain("canary");
    expect(files.get("cluster/Pod.v1.yaml")).toContain("image: web:1");
    expect(stdout).toContain("No logs and no dataplanes: only pods of a cluster");
    expect(
      (await readdir(room)).filter((name) => name.startsWith("calico-") && !name.endsWith(".gz")),
    ).toEqual([]);
  });

  const directories = (process.env.PATH ?? "").split(":");
  const absent = directories.every((directory) => !existsSync(join(directory, "kubectl")));

  test.skipIf(absent)(
    `asks kubectl about Calico's pods, and says what fails${absent ? " (needs kubectl)" : ""}`,
    async () => {
      const server = await startServer("crd.projectcalico.org/v1");
      try {
        for (const name of [/^DATASTORE_TYPE$/, /^FILE_PATH$/])
          vi.stubEnv(name.source.slice(1, -1), undefined);
        vi.stubEnv("KUBECONFIG", await store.file("kubeconfig", kubeconfigFor(server.url)));
        const sets = await store.file("sets.yaml", networkSet("s1", "prod"));
        expect((await calicoctl("apply", "-f", sets)).code).toBe(0);
        const pod = {
          metadata: { name: "calico-node-x", namespace: "calico-system" },
          spec: {
            nodeName: "n1",
            containers: [{ name: "calico-node", env: [{ name: "A", value: "canary" }] }],
          },
        };
        const post = async (path: string, object: object): Promise<number> => {
          const body = JSON.stringify({ apiVersion: "v1", ...object });
          const headers = { "content-type": "application/json" };
          return (await fetch(`${server.url}/api/v1/${path}`, { method: "POST", headers, body })).status;
        };
        const namespace = { kind: "Namespace", metadata: { name: "calico-system" } };
        expect(await post("namespaces", namespace)).toBe(201);
        expect(await post("namespaces/calico-system/pods", { kind: "Pod", ...pod })).toBe(201);
        const { stdout, files } = await collected("--max-parallelism", "2");
        expect(files.get("cluster/NetworkSet.projectcalico.org_v3.yaml")).toContain("name: s1");
        expect([...files.values()].join("")).not.toContain("canary");
        // The server of the tests knows no logs and no exec.
        expect(stdout).toMatch(
          /^Failed to run command: .*kubectl logs --since=0s -n calico-system calico-node-x /m,
        );
        expect([...files.keys()]).toContain("nodes/n1/ipset-list.txt");
      } finally {
        await server.stop();
      }
    },
  );

  test.each([
    [["--since", "1d"], "--since 1d is no duration: it reads 90s, 10m or 2h\n"],
    [["--max-logs", "-1"], "--max-logs -1 is no number from 0 on\n"],
    [["--max-parallelism", "0"], "--max-parallelism 0 is no number from 1 on\n"],
  ])("%o is refused", async (args, message) => {
    expect(await calicoctl("cluster", "diags", ...args)).toEqual({ code: 1, stdout: "", stderr: message });
  });
});

describe("which pods are asked", () => {
  const pod = (name: string, node: string, app: string, namespace = "calico-system", restarts = 0) =>
    ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels: { "k8s-app": app } },
      spec: { nodeName: node },
      status: { containerStatuses: [{ restartCount: restarts }] },
    }) as unknown as Resource;
  const pods = [
    pod("calico-node-a", "n1", "calico-node"),
    pod("calico-node-b", "n2", "calico-node", "calico-system", 3),
    pod("calico-node-c", "n3", "calico-node"),
    pod("typha-a", "n1", "calico-typha"),
    pod("web", "n1", "web", "prod"),
  ];
  const asked = (maxLogs: number, ...focusNodes: readonly string[]) =>
    podPieces(pods, { maxLogs, focusNodes, since: "10m", kubectl: ["kubectl", "--context", "c"] });
  const files = (maxLogs: number, ...focusNodes: readonly string[]) =>
    asked(maxLogs, ...focusNodes).flatMap(({ file }) => (file.endsWith(".log") ? [file] : []));

  test("Calico's, so many of each component, those of the focus first", () => {
    expect(files(1)).toEqual([
      "nodes/n1/calico-system/calico-node-a.log",
      "nodes/n1/calico-system/typha-a.log",
    ]);
    expect(files(1, "n2")).toEqual([
      "nodes/n2/calico-system/calico-node-b.log",
      "nodes/n2/calico-system/calico-node-b.previous.log",
      "nodes/n1/calico-system/typha-a.log",
    ]);
    expect(files(0)).toEqual([]);
    expect(files(9)).toHaveLength(5);
  });

  test("by kubectl of the cluster, without a shell", () => {
    const commands = asked(1).map(({ commands: [first] }) => first?.join(" "));
    expect(commands[0]).toBe(
      "kubectl --context c logs --since=10m -n calico-system calico-node-a --all-containers",
    );
    expect(commands).toContain(
      "kubectl --context c exec -n calico-system calico-node-a -c calico-node -- ipset list",
    );
  });
});
