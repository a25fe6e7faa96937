import { spawnSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { readSettings } from "../../cli/datastore/config-file.ts";
import { settingsOf, valuesOfEnvironment } from "../../cli/datastore/settings.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { pool, Store } from "./store.ts";

const fromEnvironment = (environment: Readonly<Record<string, string>>) =>
  settingsOf(valuesOfEnvironment(environment), "the environment");

describe("the environment", () => {
  test("etcd", () => {
    const bare = { type: "etcdv3", username: "", password: "" };
    const absent = { ca: undefined, certificate: undefined, key: undefined };
    expect(fromEnvironment({ ETCD_ENDPOINTS: "http://a:2379/, http://b:2379" })).toEqual({
      ...{ ...bare, ...absent },
      endpoints: ["http://a:2379", "http://b:2379"],
    });
    expect(
      fromEnvironment({
        DATASTORE_TYPE: "etcdv3",
        ETCD_ENDPOINTS: "https://plain:2379",
        CALICO_ETCD_ENDPOINTS: "https://wins:2379",
        ETCD_USERNAME: "u",
        ETCD_PASSWORD: "p",
        ETCD_CA_CERT_FILE: "/ca",
        ETCD_CERT_FILE: "/cert",
        ETCD_KEY_FILE: "/key",
      }),
    ).toEqual({
      ...{ type: "etcdv3", endpoints: ["https://wins:2379"], username: "u", password: "p" },
      ...{ ca: { file: "/ca" }, certificate: { file: "/cert" }, key: { file: "/key" } },
    });
  });

  test("Kubernetes", () => {
    expect(fromEnvironment({ KUBECONFIG: "/k" })).toEqual({ type: "kubernetes", kubeconfig: "/k" });
    expect(
      fromEnvironment({
        DATASTORE_TYPE: "kubernetes",
        K8S_API_ENDPOINT: "https://k:6443",
        K8S_CA_FILE: "/ca",
        K8S_API_TOKEN: "of the CNI plugin",
        CALICO_K8SAPITOKEN: "t",
        K8S_INSECURE_SKIP_TLS_VERIFY: "true",
        K8S_CURRENT_CONTEXT: "c",
      }),
    ).toEqual({
      ...{ type: "kubernetes", endpoint: "https://k:6443", caFile: "/ca", token: "t", context: "c" },
      insecureSkipTlsVerify: true,
    });
  });

  test("a directory", () => {
    expect(fromEnvironment({ FILE_PATH: "/p" })).toEqual({ type: "file", path: "/p" });
    expect(fromEnvironment({ DATASTORE_TYPE: "file", FILE_PATH: "/p", ETCD_ENDPOINTS: "http://a" })).toEqual({
      type: "file",
      path: "/p",
    });
  });

  test.each([
    [{}, /^no datastore is configured\. Give one of\n.*FILE_PATH=.*\n.*ETCD_ENDPOINTS=.*\n.*KUBECONFIG=/],
    [{ DATASTORE_TYPE: "consul" }, /unknown datastore type 'consul' in the environment: .* file, etcdv3/],
    [{ DATASTORE_TYPE: "etcdv3" }, /'etcdv3' in the environment needs ETCD_ENDPOINTS, or etcdEndpoints in/],
    [{ DATASTORE_TYPE: "file" }, /'file' in the environment needs FILE_PATH/],
    [{ FILE_PATH: "/p", ETCD_ENDPOINTS: "http://a:1" }, /both FILE_PATH and ETCD_ENDPOINTS are set/],
    [
      { ETCD_DISCOVERY_SRV: "example.org", ETCD_ENDPOINTS: "http://a:1" },
      /multiple discovery or bootstrap options specified, use either "etcdEndpoints" or "etcdDiscoverySrv"/,
    ],
    [{ ETCD_DISCOVERY_SRV: "example.org" }, /etcdDiscoverySrv is not supported/],
    [{ ETCD_ENDPOINTS: "a:2379" }, /'a:2379' in the environment is no etcd endpoint: it reads http/],
    [{ ETCD_ENDPOINTS: "https://a:1", ETCD_KEY_FILE: "/k" }, /client certificate and its key together/],
  ])("%o", (environment, message) => {
    expect(() => fromEnvironment(environment as unknown as Record<string, string>)).toThrow(message);
  });
});

describe("the config file", () => {
  let store: Store;
  beforeEach(async () => {
    store = await Store.open({});
  });
  afterEach(() => store.close());

  const config = (spec: string, head = "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\n") =>
    store.file("calicoctl.cfg", `${head}metadata: {}\nspec: ${spec}\n`);

  test("decides alone", async () => {
    const file = await config("{datastoreType: file, filePath: /from-file}");
    expect(await readSettings(file, { ETCD_ENDPOINTS: "http://a:1", FILE_PATH: "/other" })).toEqual({
      type: "file",
      path: "/from-file",
    });
  });

  test("holds certificates itself", async () => {
    const file = await config('{etcdEndpoints: "https://a:1", etcdCACert: PEM}');
    expect(await readSettings(file, {})).toMatchObject({ type: "etcdv3", ca: { pem: "PEM" } });
    const both = await config('{etcdEndpoints: "https://a:1", etcdCACert: PEM, etcdCertFile: /c}');
    await expect(readSettings(both, {})).rejects.toThrow("Cannot mix inline certificate-key and certificate");
  });

  test("is read strictly", async () => {
    const refused = async (file: string) => {
      const { code, stdout, stderr } = await calicoctl("get", "pool", "-c", file);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      return stderr.replace(file, "F");
    };
    expect(await refused("/nowhere.cfg")).toBe("Error reading config file: F\n");
    expect(await refused(await config("{"))).toMatch(/^syntax error in F: /);
    expect(await refused(await config("{etcdEndpoint: a}"))).toBe(
      'syntax error in F: unknown field "spec.etcdEndpoint"\n',
    );
    expect(await refused(await config("{}", "kind: CalicoAPIConfig\n"))).toBe(
      "invalid config file: unknown APIVersion ''\n",
    );
    expect(await refused(await config("{}", "apiVersion: projectcalico.org/v3\nkind: Other\n"))).toBe(
      "invalid config file: expected kind 'CalicoAPIConfig', got 'Other'\n",
    );
  });

  test("kubectl's own file is the last resort", async () => {
    const { mkdir } = await import("node:fs/promises");
    const home = join(store.directory, "home");
    await mkdir(join(home, ".kube"), { recursive: true });
    await writeFile(join(home, ".kube", "config"), "");
    vi.stubEnv("HOME", home);
    expect(homedir()).toBe(home);
    expect(await readSettings("/etc/calico/calicoctl.cfg", {})).toEqual({
      type: "kubernetes",
      kubeconfig: join(home, ".kube", "config"),
    });
    expect(await readSettings("/etc/calico/calicoctl.cfg", { FILE_PATH: "/p" })).toMatchObject({
      type: "file",
    });
  });
});

describe("commands without their datastore", () => {
  let store: Store | undefined;
  afterEach(() => store?.close());

  test("a directory that is not there", async () => {
    store = await Store.open({ FILE_PATH: "/nowhere/at/all" });
    expect((await calicoctl("get", "pool")).stderr).toBe(
      "the datastore directory /nowhere/at/all does not exist: make it, or set FILE_PATH to another\n",
    );
  });

  test("an etcd that does not answer", async () => {
    store = await Store.open({ ETCD_ENDPOINTS: "http://127.0.0.1:1" });
    expect((await calicoctl("get", "pool")).stderr).toMatch(/^the datastore cannot be reached: /);
    const file = await store.file("p.yaml", pool("p1", "10.1.0.0/16"));
    const { code, stderr } = await calicoctl("apply", "-f", file);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^failed to apply 'IPPool' resource: \[the datastore cannot be reached: /);
    const two = await store.file("two.yaml", pool("p1", "10.1.0.0/16") + pool("p2", "10.2.0.0/16"));
    expect((await calicoctl("apply", "-f", two)).stderr).toMatch(
      /^failed to apply any 'IPPool' resources: \[the datastore cannot be reached: .*[^.], IPPool\(p2\) was not tried\]\n$/,
    );
  });

  test("a kubeconfig that cannot be used", async () => {
    store = await Store.open({ KUBECONFIG: "/nowhere/kubeconfig" });
    expect((await calicoctl("get", "pool")).stderr).toMatch(/^the kubeconfig cannot be used: /);
    expect((await calicoctl("compile", "--datastore")).stderr).toMatch(
      /^calicoctl: the kubeconfig cannot be used: /,
    );
  });

  const missing = missingForKernelTests(["setpriv"]);
  test.skipIf(missing)(`a directory that may only be read${missing ? ` (${missing})` : ""}`, async () => {
    // Root may write anywhere: the command runs as nobody.
    store = await Store.open();
    const { directory } = store;
    const file = await store.file("p.yaml", pool("p1", "10.1.0.0/16"));
    await chmod(dirname(file), 0o755);
    await chmod(directory, 0o755);
    const run = (...args: readonly string[]) =>
      spawnSync(
        "setpriv",
        [
          ...["--reuid", "65534", "--regid", "65534", "--clear-groups"],
          process.execPath,
          "cli/calicoctl.ts",
          ...args,
        ],
        { encoding: "utf8", env: { ...process.env, DATASTORE_TYPE: "file", FILE_PATH: directory } },
      );
    const { status, stdout, stderr } = run("apply", "-f", file);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toBe(
      `failed to apply 'IPPool' resource: [connection is unauthorized: EACCES: permission denied, access '${directory}']\n`,
    );
    expect(run("get", "ippool")).toMatchObject({ status: 0, stderr: "" });
  });

  test("certificates that cannot be read", async () => {
    store = await Store.open({ ETCD_ENDPOINTS: "https://127.0.0.1:1", ETCD_CA_CERT_FILE: "/nowhere.pem" });
    expect((await calicoctl("get", "pool")).stderr).toMatch(/^cannot read \/nowhere\.pem: /);
  });
});

describe("version", () => {
  let store: Store;
  beforeEach(async () => {
    store = await Store.open();
  });
  afterEach(() => store.close());

  test("of client and cluster", async () => {
    const client = expect.stringMatching(/^Client Version: {4}v\d+\.\d+\.\d+\n$/);
    expect(await calicoctl("version", "--client")).toEqual({ code: 0, stdout: client, stderr: "" });
    expect((await calicoctl("version")).stdout).toMatch(
      /\nCluster Version: {3}unknown\nCluster Type: {6}unknown\n$/,
    );
    await writeFile(
      join(store.directory, "info.yaml"),
      "apiVersion: projectcalico.org/v3\nkind: ClusterInformation\nmetadata: {name: default}\nspec: {calicoVersion: v3.31.0, clusterType: 'k8s,bgp'}\n",
    );
    expect((await calicoctl("version")).stdout).toMatch(
      /\nCluster Version: {3}v3\.31\.0\nCluster Type: {6}k8s,bgp\n$/,
    );
    // Calico's own program would refuse a cluster of another version.
    expect((await calicoctl("get", "pool", "--allow-version-mismatch")).code).toBe(0);
    expect((await calicoctl("get", "pool")).code).toBe(0);
  });

  test("without a datastore", async () => {
    vi.stubEnv("FILE_PATH", "/nowhere");
    const { code, stdout } = await calicoctl("version");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/\nUnable to detect installed Calico version\n$/),
    });
    expect(await calicoctl("version", "--poll", "often")).toMatchObject({
      code: 1,
      stderr: "invalid poll duration specified: often\n",
    });
  });
});
