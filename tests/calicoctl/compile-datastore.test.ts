import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { EtcdServer, missingForEtcdTests, run } from "../datastore/etcd-server.ts";
import { networkSet, pool, Store } from "./store.ts";

const FIXTURE = "fixtures/bare-metal";
const DENY = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: deny-web}
spec: {order: 1, selector: all(), types: [Ingress], ingress: [{action: Deny, protocol: TCP, destination: {ports: [80]}}]}
`;

const missing = missingForEtcdTests();

/** All files of the bundles but the manifests, which tell the resources that a datastore has completed apart. */
async function bundles(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !/^(manifest|resources)\.json$/.test(entry.name));
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(directory.length), await readFile(path, "utf8")] as const;
      }),
    ),
  );
}

describe.skipIf(missing !== undefined)(
  `what etcd holds${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let server: EtcdServer;
    let store: Store;
    beforeEach(async () => {
      server = await EtcdServer.start();
      store = await Store.open({ ETCD_ENDPOINTS: server.endpoint });
      expect((await calicoctl("apply", "-f", FIXTURE)).code).toBe(0);
    });
    afterEach(async () => {
      await store.close();
      await server.close();
    });

    test("compiles to what its files compile to, and is proven, explained and planned like them", async () => {
      const [fromFiles, fromStore] = [join(store.directory, "files"), join(store.directory, "store")];
      await calicoctl("compile", "-f", FIXTURE, "--out-dir", fromFiles);
      const compiled = await calicoctl("compile", "--datastore", "--out-dir", fromStore);
      expect({ code: compiled.code, stderr: compiled.stderr }).toEqual({ code: 0, stderr: "" });
      const files = await bundles(fromFiles);
      expect(files.size).toBeGreaterThan(3);
      expect(await bundles(fromStore)).toEqual(files);

      const withoutTimes = (text: string) => text.replace(/\(\d+ ms\)/g, "");
      const proven = await calicoctl("verify", "--datastore");
      expect(withoutTimes(proven.stdout)).toBe(
        withoutTimes((await calicoctl("verify", "-f", FIXTURE)).stdout),
      );
      expect(proven.code).toBe(0);
      const planned = await calicoctl("plan", "-f", FIXTURE, "--against", "datastore", "--detailed-exitcode");
      expect({ code: planned.code, stderr: planned.stderr }).toEqual({ code: 0, stderr: "" });
      expect(planned.stdout).toMatch(/\n\nPlan: no changes\.\n$/);
      const more = await store.file("more.yaml", pool("p1", "10.1.0.0/16"));
      expect((await calicoctl("apply", "-f", more)).code).toBe(0);
      const again = await calicoctl("plan", "-f", FIXTURE, more, "--against", "datastore");
      expect(again.stdout).toMatch(/\n\nPlan: no changes\.\n$/);
      const policy = await store.file("policy.yaml", DENY);
      const deny = await calicoctl("plan", "-f", policy, "--against", "datastore", "--detailed-exitcode");
      expect({ code: deny.code, stderr: deny.stderr }).toEqual({ code: 2, stderr: "" });
      expect(deny.stdout).toMatch(/GlobalNetworkPolicy deny-web/);
      expect(deny.stdout).not.toMatch(/GlobalNetworkPolicy database/);
      expect((await calicoctl("get", "gnp", "deny-web")).code).toBe(1);
      const packet = ["--from", "192.0.2.9", "--to", "node/db-1", "--dport", "5432"];
      const one = await calicoctl("explain", "--datastore", ...packet);
      const other = await calicoctl("explain", "-f", FIXTURE, ...packet);
      expect(one.stdout).toMatch(/\(datastore\/GlobalNetworkPolicy\/database:1\)/);
      const withoutPlaces = (text: string) => text.replace(/\((datastore|fixtures)\/\S+:\d+\)/g, "");
      expect(one.code).toBe(other.code);
      expect(withoutPlaces(one.stdout)).toBe(withoutPlaces(other.stdout));
    });

    test("is compiled as a whole or not at all: what cannot be read may be what denies", async () => {
      const key = "/calico/resources/v3/projectcalico.org/globalnetworkpolicies/deny-web";
      run("etcdctl", [`--endpoints=${server.endpoint}`, "put", key, "{"], { ETCDCTL_API: "3" });
      const policy = await store.file("policy.yaml", DENY.replace("deny-web", "deny-more"));
      const packet = ["--from", "192.0.2.9", "--to", "node/db-1", "--dport", "5432"];
      for (const words of [
        ["compile", "--datastore", "--out-dir", join(store.directory, "out")],
        ["verify", "--datastore"],
        ["explain", "--datastore", ...packet],
        ["plan", "-f", policy, "--against", "datastore"],
        ["inventory", "export"],
      ]) {
        const { code, stdout, stderr } = await calicoctl(...words);
        expect({ code, stdout }, words.join(" ")).toEqual({ code: 1, stdout: "" });
        expect(stderr).toMatch(/^(calicoctl: )?the datastore holds what cannot be read: /);
        expect(stderr).toMatch(new RegExp(`^ {2}${key}: .*JSON`, "m"));
      }
      expect(await readdir(store.directory)).toEqual([]);
    });
  },
);

describe("a directory", () => {
  let store: Store;
  beforeEach(async () => {
    store = await Store.open();
  });
  afterEach(() => store.close());

  test("diff shows what apply would change, and apply then changes it", async () => {
    const old = await store.file("old.yaml", pool("p1", "10.1.0.0/16"));
    await calicoctl("apply", "-f", old);
    const files = await store.file(
      "new.yaml",
      pool("p1", "10.1.0.0/16", ", disabled: true") + networkSet("s"),
    );
    const shown = await calicoctl("diff", "-f", files, "--detailed-exitcode");
    expect(shown).toEqual({
      code: 2,
      stdout: [
        "--- datastore IPPool(p1)",
        "+++ applied IPPool(p1)",
        "@@ -3,4 +3,5 @@",
        " metadata:",
        "   name: p1",
        " spec:",
        "   cidr: 10.1.0.0/16",
        "+  disabled: true",
        "--- /dev/null",
        "+++ applied NetworkSet(default/s)",
        "@@ -0,0 +1,8 @@",
        "+apiVersion: projectcalico.org/v3",
        "+kind: NetworkSet",
        "+metadata:",
        "+  name: s",
        "+  namespace: default",
        "+spec:",
        "+  nets:",
        "+    - 10.0.0.0/8",
        "",
      ].join("\n"),
      stderr: "",
    });
    expect((await calicoctl("diff", "-f", files)).code).toBe(0);
    expect((await calicoctl("get", "netsets", "-o", "name")).stdout).toBe("");
    await calicoctl("apply", "-f", files);
    expect(await calicoctl("diff", "-f", files, "--detailed-exitcode")).toEqual({
      code: 0,
      stdout: "Nothing would change\n",
      stderr: "",
    });
  });

  test("of two resources of one name diff shows what an apply leaves", async () => {
    const twice = await store.file("twice.yaml", pool("p1", "10.1.0.0/16") + pool("p1", "10.2.0.0/16"));
    const { stdout } = await calicoctl("diff", "-f", twice);
    expect(stdout.match(/^[+ ] {2}cidr: .*$/gm)).toEqual(["+  cidr: 10.2.0.0/16"]);
    await calicoctl("apply", "-f", twice);
    expect((await calicoctl("diff", "-f", twice)).stdout).toBe("Nothing would change\n");
  });

  test("inventory export prints what nobody writes, for --inventory", async () => {
    const node =
      "apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n1}\nspec: {bgp: {ipv4Address: 10.0.0.1/24}}\n";
    await writeFile(join(store.directory, "all.yaml"), pool("p1", "10.1.0.0/16") + node);
    const { code, stdout, stderr } = await calicoctl("inventory", "export");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^---\napiVersion: projectcalico.org\/v3\nkind: Node\nmetadata:\n {2}name: n1\n/);
    expect(stdout).not.toMatch(/IPPool/);
    const inventory = await store.file("inventory.yaml", stdout);
    const policy = await store.file("pool.yaml", pool("p1", "10.1.0.0/16"));
    const out = join(store.directory, "..", "out");
    const compiled = await calicoctl("compile", "-f", policy, "--inventory", inventory, "--out-dir", out);
    expect(compiled.code).toBe(0);
    expect(await readdir(out)).toContain("n1");
  });

  test("which resources are meant has to be said once", async () => {
    for (const command of ["compile", "verify"]) {
      expect((await calicoctl(command)).stderr).toBe(
        "calicoctl: say which resources: files with -f, or --datastore for what is there\n",
      );
      expect((await calicoctl(command, "-f", FIXTURE, "--datastore")).stderr).toBe(
        "calicoctl: give the resources by -f or by --datastore, not both\n",
      );
    }
  });
});
