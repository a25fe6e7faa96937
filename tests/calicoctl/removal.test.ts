/** What goes with a pool or a node, in every kind of datastore. */
import { afterEach, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { ipamKey, listKind, specOf } from "../../runtime/ipam/objects.ts";
import { IPAM_STORES, type IpamStore } from "./ipam-stores.ts";

const names = async (datastore: Datastore, kind: string) =>
  (await listKind(datastore, kind)).items.map(({ key }) => key.name).sort();
const block = async (datastore: Datastore, name: string) =>
  specOf((await datastore.get(ipamKey("IPAMBlock", name))).resource);
const gone = (kind: string) => ({
  ...{ code: 0, stderr: "", stdout: `Successfully deleted 1 '${kind}' resource(s)\n` },
});

for (const { name, missing, open } of IPAM_STORES)
  describe.skipIf(missing !== undefined)(missing === undefined ? name : `${name} (${missing})`, () => {
    let opened: IpamStore;
    afterEach(() => opened.close());

    test("a pool: its blocks are nobody's, its addresses stay with who has them", async () => {
      opened = await open();
      const { datastore } = opened;
      expect(await calicoctl("delete", "pool", "active")).toEqual(gone("IPPool"));
      expect(await names(datastore, "IPPool")).toEqual(["services"]);
      const { affinity, affinityClaimTime, allocations } = await block(datastore, "10-65-0-0-30");
      const claims = ["load-balancer-10-66-0-0-30", "n1-192-0-2-0-30"];
      // People's files are people's.
      if (name === "file") claims.push("n1-10-65-0-0-30");
      expect(await names(datastore, "BlockAffinity")).toEqual(claims.sort());
      expect({ allocations, affinity: affinity ?? undefined, affinityClaimTime }).toEqual(
        name === "file"
          ? { allocations: [0, 1, 2, 3], affinity: "host:n1", affinityClaimTime: "2026-08-01T00:00:00Z" }
          : { allocations: [0, 1, 2, 3], affinity: undefined, affinityClaimTime: undefined },
      );
    });

    if (name === "etcd")
      test("a node: its endpoints, their addresses and its claims", async () => {
        opened = await open();
        const { datastore } = opened;
        expect(await calicoctl("delete", "node", "n1")).toEqual(gone("Node"));
        expect(await names(datastore, "WorkloadEndpoint")).toEqual([
          "n2-k8s-far-eth0",
          "n2-k8s-outside-eth0",
          "n2-k8s-stray-eth0",
        ]);
        expect(await names(datastore, "BlockAffinity")).toEqual(["load-balancer-10-66-0-0-30"]);
        // An empty block goes with the claim on it.
        expect(await names(datastore, "IPAMBlock")).not.toContain("192-0-2-0-30");
        // What is left: an address of a pod that has gone, and that of a pod of another node.
        const { allocations, affinity } = await block(datastore, "10-65-0-0-30");
        expect({ allocations, affinity }).toEqual({ allocations: [null, 0, null, 1], affinity: null });
        expect(await names(datastore, "IPAMHandle")).not.toContain("vxlan-tunnel-addr-n1");
      });

    if (name.startsWith("kubernetes"))
      test("a node is Kubernetes' own", async () => {
        opened = await open();
        const { code, stderr } = await calicoctl("delete", "node", "n1");
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr:
            "Failed to delete 'Node' resource: the Kubernetes datastore holds no Node: it follows from Node of Kubernetes\n",
        });
      });
  });
