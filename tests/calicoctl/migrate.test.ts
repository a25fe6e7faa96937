import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import type { JsonObject } from "../../runtime/datastore/json.ts";
import { CALICO_API_VERSION } from "../../runtime/datastore/kinds.ts";
import type { Resource, ResourceKey } from "../../runtime/datastore/resource.ts";
import { ipamKey, listKind, specOf } from "../../runtime/ipam/objects.ts";
import { IPAM_KINDS } from "../../runtime/migration/ipam-document.ts";
import { missingForEtcdTests } from "../datastore/etcd-server.ts";
import { SEQUENCE } from "./ipam-cluster.ts";
import { type IpamStore, type KubernetesStore, openEmptyKubernetes, openEtcd } from "./ipam-stores.ts";
import { Store } from "./store.ts";

const missing = missingForEtcdTests(["etcd", "etcdctl"]);
const failed = (stderr: string, stdout = "") => ({ code: 1, stdout, stderr: `${stderr}\n` });
const migrate = (...words: readonly string[]) => calicoctl("datastore", "migrate", ...words);

function calico(kind: string, name: string, spec: JsonObject, namespace?: string): Resource {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { kind, apiVersion: CALICO_API_VERSION, metadata, spec };
}

/** What people have written besides the cluster of the IPAM tests, whose node `n1` is `node-1.example` in Kubernetes. */
const WRITTEN: readonly Resource[] = [
  calico("Tier", "security", { order: 100, defaultAction: "Deny" }),
  calico("GlobalNetworkPolicy", "security.deny", { tier: "security", selector: "all()", types: ["Ingress"] }),
  calico("NetworkPolicy", "web", { tier: "default", selector: "app == 'web'", types: ["Ingress"] }, "prod"),
  calico("NetworkPolicy", "knp.default.web", { tier: "default", types: ["Ingress"] }, "prod"),
  calico("NetworkSet", "db", { nets: ["10.9.0.0/16"] }, "prod"),
  calico("BGPPeer", "rack", { node: "n1", peerIP: "192.168.0.254", asNumber: 64512 }),
  calico("BGPConfiguration", "node.n1", { logSeverityScreen: "Info" }),
  calico("FelixConfiguration", "node.n1", { defaultEndpointToHostAction: "RETURN" }),
  calico("HostEndpoint", "n1-eth0", { node: "n1", interfaceName: "eth0" }),
];

/** Fills an etcd, locks and exports it; what the file says. */
async function exported(etcd: IpamStore): Promise<string> {
  for (const resource of WRITTEN) await etcd.datastore.create(resource);
  expect(await migrate("lock")).toEqual({ code: 0, stdout: "Datastore locked.\n", stderr: "" });
  const { code, stdout, stderr } = await migrate("export");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe.skipIf(missing !== undefined)(`from etcd${missing === undefined ? "" : ` (${missing})`}`, () => {
  let etcd: Awaited<ReturnType<typeof openEtcd>>;
  beforeEach(async () => {
    etcd = await openEtcd();
  });
  afterEach(() => etcd.close());

  test("only a locked datastore is exported, and none with a value that would be lost", async () => {
    expect(await migrate("export")).toEqual(
      failed(
        "datastore is not locked. Run the `calicoctl datastore migrate lock` command in order to begin migration",
      ),
    );
    await migrate("lock");
    await etcd.datastore.create(calico("Node", "bare", {}));
    expect(await migrate("export")).toEqual(
      failed(
        "node bare missing a 'k8s' orchestrator reference. Unable to export data unless every node has a 'k8s' orchestrator reference",
      ),
    );
    await etcd.putRaw("/calico/resources/v3/projectcalico.org/ippools/broken", "{");
    expect((await migrate("export")).stderr).toMatch(/ippools\/broken cannot be read, and would be lost: /);
  });

  test("an export, as it is", async () => {
    const text = await exported(etcd);
    const varying = text
      .replaceAll(/"(creationTimestamp|uid|resourceVersion)": "[^"]+"/g, '"$1": "…"')
      .replaceAll(/^ {2}resourceVersion: .*$/gm, "  resourceVersion: …");
    await expect(varying).toMatchFileSnapshot("expected/export.txt");
    expect(text).not.toMatch(/knp\.default|WorkloadEndpoint|kind: Profile/);
  });
});

describe.skipIf(missing !== undefined)(`to Kubernetes${missing === undefined ? "" : ` (${missing})`}`, () => {
  let text: string;
  let target: KubernetesStore;
  beforeEach(async () => {
    const etcd = await openEtcd();
    try {
      text = await exported(etcd);
    } finally {
      await etcd.close();
    }
    target = await openEmptyKubernetes();
    target.write([{ kind: "Node", apiVersion: "v1", metadata: { name: "node-1.example" } }]);
  });
  afterEach(() => target.close());

  const get = async (kind: string, name: string, namespace = "") => {
    const key: ResourceKey = { ...ipamKey(kind, name), namespace };
    return (await target.datastore.get(key)).resource;
  };
  const importing = async (content: string, ...more: readonly string[]) =>
    migrate("import", "-f", await target.store.file("etcd.export", content), ...more);
  const count = async () => {
    const kinds = [...IPAM_KINDS, "IPPool", "ClusterInformation", "Tier"];
    const lists = await Promise.all(kinds.map((kind) => listKind(target.datastore, kind)));
    return lists.flatMap(({ items }) => items).length;
  };

  test("everything comes over, with Kubernetes' names of nodes", async () => {
    expect(await importing(text, "--dry-run")).toEqual({
      code: 0,
      stdout: "Would import 15 resource(s) and 14 IPAM resource(s); nothing was written.\n",
      stderr: "",
    });
    expect(await count()).toBe(0);
    expect(await importing(text)).toEqual({
      code: 0,
      stdout: [
        "Successfully applied 15 resource(s)",
        "Importing IPAM resources",
        "Successfully applied 14 IPAM resource(s)",
        "Nodes are Kubernetes' own, and not written. These commands give them what was exported:",
        "  kubectl annotate --overwrite node node-1.example projectcalico.org/IPv4Address=192.168.0.1/24 projectcalico.org/IPv4VXLANTunnelAddr=10.65.0.2",
        "Datastore information successfully imported. Unlock the datastore with `calicoctl datastore migrate unlock` when Calico uses it.\n",
      ].join("\n"),
      stderr: "",
    });
    expect(specOf(await get("ClusterInformation", "default"))).toEqual({
      ...{ clusterGUID: "0123456789abcdef0123456789abcdef", calicoVersion: "v3.31.0" },
      datastoreReady: false,
    });
    expect(specOf(await get("NetworkPolicy", "web", "prod"))).toMatchObject({ selector: "app == 'web'" });
    expect(specOf(await get("BGPPeer", "rack"))).toMatchObject({ node: "node-1.example" });
    expect(specOf(await get("FelixConfiguration", "node.node-1.example"))).toEqual({
      defaultEndpointToHostAction: "Return",
    });
    const affinity = await get("BlockAffinity", "node-1.example-10-65-0-0-30");
    expect(specOf(affinity)).toMatchObject({ node: "node-1.example", state: "confirmed", type: "host" });
    expect(affinity.metadata.labels).toMatchObject({
      "projectcalico.org/affinity-type": "host",
      "projectcalico.org/ip-version": "4",
    });
    expect(specOf(await get("IPAMBlock", "10-65-0-0-30"))).toMatchObject({
      affinity: "host:node-1.example",
      sequenceNumber: SEQUENCE + 100n,
      attributes: expect.arrayContaining([
        expect.objectContaining({ handle_id: "vxlan-tunnel-addr-node-1.example" }),
      ]),
    });
    expect(specOf(await get("IPAMHandle", "vxlan-tunnel-addr-node-1.example"))).toMatchObject({
      handleID: "vxlan-tunnel-addr-node-1.example",
    });
    expect(specOf(await get("IPAMHandle", "k8s-pod-network.Far"))).toMatchObject({
      block: { "10.65.0.0/30": 1 },
    });
    expect((await migrate("unlock")).stdout).toBe("Datastore unlocked.\n");
    expect((await calicoctl("ipam", "check")).stdout).toMatch(/^IPAM blocks record 7 allocations\.$/m);
  });

  test("an import may be repeated, but nothing of others is touched", async () => {
    expect((await importing(text)).code).toBe(0);
    expect((await importing(text)).code).toBe(0);
    await target.datastore.create(calico("IPPool", "other", { cidr: "10.99.0.0/16" }));
    expect(await importing(text)).toEqual(
      failed(
        "Datastore already has Calico resources: Found existing Calico IPPool resource: other. Clear out all Calico resources by deleting all Calico CRDs.",
      ),
    );
    await target.datastore.delete(ipamKey("IPPool", "other"));
    const { resource, resourceVersion } = await target.datastore.get(ipamKey("IPAMBlock", "10-65-0-4-30"));
    await target.datastore.update(
      { ...resource, spec: { ...specOf(resource), sequenceNumber: SEQUENCE + 101n } },
      resourceVersion,
    );
    expect((await importing(text)).stderr).toMatch(/Found existing IPAM resources: 10-65-0-4-30\. /);
  });

  test("what fails half way is told, stays locked, and is finished by the same import", async () => {
    target.forbidden.add("create globalnetworkpolicies");
    const first = await importing(text);
    expect(first).toMatchObject({
      code: 1,
      stdout: "Partial success: applied 14 out of 15 resources:\n",
      stderr: expect.stringMatching(
        /^hit error: \[GlobalNetworkPolicy\(security\.deny\): connection is unauthorized: /,
      ),
    });
    await expect(get("IPAMBlock", "10-65-0-0-30")).rejects.toThrow(/does not exist/);
    target.forbidden.clear();
    target.forbidden.add("create ipamhandles");
    expect(await importing(text)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Partial success: applied 7 out of 14 resources:$/m),
      stderr: expect.stringMatching(/^Hit error\(s\): \[IPAMHandle\(/),
    });
    expect(specOf(await get("ClusterInformation", "default"))).toMatchObject({ datastoreReady: false });
    target.forbidden.clear();
    expect((await importing(text)).code).toBe(0);
    expect((await listKind(target.datastore, "IPAMHandle")).items.length).toBe(7);
  });

  test("a file that is not right is refused before the first write", async () => {
    const cut = text.split("===\n");
    for (const [content, message] of [
      ["", /improperly formatted\. Try recreating/],
      [cut.slice(0, 2).join("===\n"), /improperly formatted/],
      [`${cut[0]}===\n{===\n${cut[2]}`, /improperly formatted|its JSON cannot be read/],
      [`${cut[0]}===\n{\n===\n${cut[2]}`, /its JSON cannot be read: /],
      [text.replace("block/10.65.0.0-30", "blok/10.65.0.0-30"), /its IPAM part cannot be read: .* is no /],
      [
        text.replace("cidr: 10.65.0.0/28", "cidr: 10.65.0.0/99"),
        /1 mistakes in .*, and nothing was imported/,
      ],
      [`${JSON.stringify(calico("Profile", "p", {}))}\n---\n${text}`, /holds a Profile, which no export has/],
    ] as const) {
      const { code, stderr } = await importing(content);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
    }
    expect((await migrate("import", "-f", "/nowhere")).stderr).toMatch(/^cannot read \/nowhere: /);
    expect(await count()).toBe(0);
  });

  test("a file of Calico's own export is taken: it writes times that are null, and versions of lists", async () => {
    const calicos = text
      .replaceAll(/^ {4}metadata:\n/gm, "    metadata:\n      creationTimestamp: null\n")
      .replaceAll(/^metadata: \{\}$/gm, 'metadata:\n  resourceVersion: "4711"');
    expect(calicos).not.toBe(text);
    expect(await importing(calicos)).toMatchObject({
      ...{ code: 0, stderr: "" },
      stdout: expect.stringMatching(/^Successfully applied 15 resource\(s\)\n/),
    });
  });

  test("nodes that Kubernetes does not have are named", async () => {
    const renamed = text.replaceAll("node-1.example", "node-2.example");
    expect((await importing(renamed)).stdout).toMatch(
      /^\[WARNING\] Attempted to import node node-2\.example from etcd that references a nonexistent Kubernetes node\. Skipping that node\.$/m,
    );
  });
});

describe("other datastores", () => {
  let store: Store;
  beforeEach(async () => {
    store = await Store.open();
  });
  afterEach(() => store.close());

  test("are neither exported from nor imported to", async () => {
    expect(await migrate("export")).toEqual(
      failed(
        "invalid datastore type: file to export from for datastore migration. Datastore type must be etcdv3",
      ),
    );
    const file = await store.file("etcd.export", "===\n{}\n===\n{}\n");
    expect(await migrate("import", "-f", file)).toEqual(
      failed(
        "invalid datastore type: file to import to for datastore migration. Datastore type must be kubernetes",
      ),
    );
  });

  test("a directory is locked and unlocked, and what is so already is not written again", async () => {
    for (const [word, ready] of [
      ["lock", "false"],
      ["lock", "false"],
      ["unlock", "true"],
    ] as const) {
      expect((await migrate(word)).code).toBe(0);
      const shown = (await calicoctl("get", "clusterinfo", "-o", "custom-columns=DATASTOREREADY")).stdout;
      expect(shown).toMatch(new RegExp(`\\n${ready}\\s`));
    }
  });

  test("a datastore that cannot be reached", async () => {
    vi.stubEnv("FILE_PATH", "");
    vi.stubEnv("DATASTORE_TYPE", "etcdv3");
    vi.stubEnv("ETCD_ENDPOINTS", "http://127.0.0.1:1");
    expect((await migrate("lock")).stderr).toMatch(/^the datastore cannot be reached: /);
  });
});
