import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import type { JsonObject } from "../../runtime/datastore/json.ts";
import type { Stored } from "../../runtime/datastore/resource.ts";
import { ipamKey, specOf } from "../../runtime/ipam/objects.ts";
import { missingForEtcdTests } from "../datastore/etcd-server.ts";
import { SEQUENCE } from "./ipam-cluster.ts";
import { IPAM_STORES, type IpamStore, openEtcd } from "./ipam-stores.ts";

const failed = (stderr: string, stdout = "") => ({ code: 1, stdout, stderr: `${stderr}\n` });
const ipam = (...words: readonly string[]) => calicoctl("ipam", ...words);

for (const { name, missing, open } of IPAM_STORES)
  describe.skipIf(missing !== undefined)(missing === undefined ? name : `${name} (${missing})`, () => {
    let opened: IpamStore;
    let reports = 0;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const migrate = (word: string) => calicoctl("datastore", "migrate", word);
    const stored = (kind: string, object: string): Promise<Stored> =>
      opened.datastore.get(ipamKey(kind, object));
    const change = async (kind: string, object: string, edit: (spec: JsonObject) => JsonObject) => {
      const { resource, resourceVersion } = await stored(kind, object);
      await opened.datastore.update({ ...resource, spec: edit(specOf(resource)) }, resourceVersion);
    };
    const isThere = (kind: string, object: string) =>
      stored(kind, object).then(
        () => true,
        () => false,
      );
    const report = async () => {
      const file = await opened.store.file(`report-${++reports}.json`, "");
      expect((await ipam("check", "-o", file)).code).toBe(0);
      return file;
    };
    const release = (...words: readonly string[]) => ipam("release", ...words);

    test("says what leaked, with sequence numbers to the last digit", async () => {
      await migrate("lock");
      const text = await readFile(await report(), "utf8");
      const { clusterInformationRevision, leakedHandles, ...read } = JSON.parse(text);
      expect(clusterInformationRevision).toBe(
        (await stored("ClusterInformation", "default")).resourceVersion,
      );
      const handle = await stored("IPAMHandle", "k8s-pod-network.leaked");
      expect(leakedHandles).toEqual([
        {
          ID: "k8s-pod-network.leaked",
          UID: handle.resource.metadata.uid ?? null,
          Revision: handle.resourceVersion,
        },
      ]);
      expect(read).toMatchObject({
        version: expect.stringMatching(/^v?\d/),
        clusterGUID: "0123456789abcdef0123456789abcdef",
        clusterType: "k8s,bgp",
        datastoreLocked: true,
      });
      expect(text).toContain(`"sequenceNumber": ${SEQUENCE + 1n}`);
      const brief = Object.fromEntries(
        Object.entries(read.allocations as Record<string, readonly JsonObject[]>).map(([ip, [one = {}]]) => [
          ip,
          [one.inUse, one.borrowed === true, one.coolingDown === true],
        ]),
      );
      expect(brief).toEqual({
        "10.65.0.0": [true, false, false],
        "10.65.0.1": [false, false, false],
        "10.65.0.2": [true, false, false],
        "10.65.0.3": [true, true, false],
        "10.65.0.4": [false, true, false],
        "10.66.0.0": [true, false, false],
        "10.66.0.1": [false, false, true],
      });
    });

    test("its leaks are released, and nothing else", async () => {
      await migrate("lock");
      const file = await report();
      expect(await release(`--from-report=${file}`)).toEqual({
        code: 0,
        stdout: [
          "Releasing 2 old IPs...",
          "Released 2 IPs successfully",
          "Deleting 1 handles...",
          "Released 1 handles; 0 skipped; 0 errors.",
          "You may now unlock the data store.\n",
        ].join("\n"),
        stderr: "",
      });
      expect(await isThere("IPAMHandle", "k8s-pod-network.leaked")).toBe(false);
      expect(await isThere("IPAMHandle", "k8s-pod-network.gone")).toBe(false);
      expect(await isThere("IPAMBlock", "10-65-0-4-30")).toBe(false);
      const { stdout } = await ipam("check");
      expect(stdout).toMatch(/^Found 0 IPs that are allocated in IPAM but not actually in use\.$/m);
      expect((await release(`--from-report=${file}`)).stdout).toMatch(
        /^2 addresses marked as leaked in the report had already been cleaned up\.$/m,
      );
    });

    test("what was given out again since is left alone, and its whole block", async () => {
      await migrate("lock");
      const file = await report();
      await change("IPAMBlock", "10-65-0-0-30", (spec) => ({
        ...spec,
        // Only in its last digits another one: as a `number` it would be the same.
        sequenceNumberForAllocation: {
          ...(spec.sequenceNumberForAllocation as JsonObject),
          1: SEQUENCE + 2n,
        },
      }));
      await change("IPAMHandle", "k8s-pod-network.leaked", (spec) => ({
        ...spec,
        block: { "10.65.0.0/30": 1 },
      }));
      const before = await stored("IPAMBlock", "10-65-0-0-30");
      const { code, stdout, stderr } = await release(`--from-report=${file}`);
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: [
          "Releasing 2 old IPs...",
          "Released 1 IPs successfully",
          "Deleting 1 handles...",
          "Released 0 handles; 1 skipped; 0 errors.\n",
        ].join("\n"),
      });
      expect(stderr).toContain(
        `block 10.65.0.0/30: 10.65.0.1 has been given out again: its sequence number is ${SEQUENCE + 2n}, not ${SEQUENCE + 1n}`,
      );
      expect(await stored("IPAMBlock", "10-65-0-0-30")).toEqual(before);
      expect(await isThere("IPAMHandle", "k8s-pod-network.leaked")).toBe(true);
    });

    test("of two reports only what is in both is released", async () => {
      await migrate("lock");
      const first = await report();
      const text = await readFile(await report(), "utf8");
      const second = await opened.store.file(
        "second.json",
        text.replace(`"sequenceNumber": ${SEQUENCE + 1n}`, `"sequenceNumber": ${SEQUENCE + 50n}`),
      );
      expect((await release("--from-report", first, second)).stdout).toMatch(
        /^Released 1 IPs successfully$/m,
      );
      expect((await ipam("show", "--ip=10.65.0.1")).stdout).toMatch(/^IP 10\.65\.0\.1 is in use$/m);
    });

    test("one that is not of this datastore as it is now is refused", async () => {
      const unlocked = await report();
      expect(await release(`--from-report=${unlocked}`)).toEqual(
        failed("data store is not locked. Either lock the data store, or re-run with --force"),
      );
      await migrate("lock");
      expect((await release(`--from-report=${unlocked}`)).stderr).toMatch(
        /^the provided reports are all stale/,
      );
      const text = await readFile(await report(), "utf8");
      const edited = (edit: (report: string) => string) => opened.store.file("edited.json", edit(text));
      const foreign = await edited((report) => report.replace("0123456789abcdef", "ffffffffffffffff"));
      expect(await release("--force", `--from-report=${foreign}`)).toEqual(
        failed(
          `cluster does not match the provided report (${foreign}): mismatched cluster GUID. Refusing to release`,
        ),
      );
      const other = await edited((report) => report.replace(/"version": "[^"]*"/, '"version": "v0.0.0"'));
      expect((await release(`--from-report=${other}`)).stderr).toMatch(
        /was produced using a different version \(v0\.0\.0\) of calicoctl\. Refusing to release$/m,
      );
      for (const broken of [
        "",
        "{",
        "[]",
        '{"version":"v1","allocations":{"10.65.0.1":[{"ip":"10.65.0.1"}]}}',
      ]) {
        const file = await opened.store.file("broken.json", broken);
        const { code, stderr } = await release(`--from-report=${file}`);
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: expect.stringMatching(/broken\.json is no report of ipam check: /),
        });
      }
      expect((await release("--from-report=/nowhere.json")).stderr).toMatch(/^cannot read \/nowhere\.json: /);
      expect((await release()).stderr).toMatch(/^say what to release: /);
      expect((await ipam("show", "--ip=10.65.0.1")).stdout).toMatch(/is in use/);
      const forced = await release("--force", `--from-report=${other}`);
      expect(forced).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^WARNING: Report was produced using a different version/),
      });
    });

    test("a block that cannot be right is told, and nothing is released from one that cannot be read", async () => {
      await change("IPAMBlock", "10-65-0-0-30", (spec) => ({ ...spec, unallocated: [1] }));
      await change("IPAMBlock", "10-65-0-4-30", (spec) => ({ ...spec, unallocated: [-1] }));
      const { stdout } = await ipam("check");
      expect(stdout).toContain(
        [
          "Validating IPAMBlock structures...",
          "  IPAMBlock 10-65-0-0-30 is invalid: ordinal 1 is allocated but appears in Unallocated",
          "  IPAMBlock 10-65-0-4-30 cannot be read: spec.unallocated is no list of ordinals",
          "Found 2 invalid IPAMBlocks.",
        ].join("\n"),
      );
      expect(await release("--ip=10.65.0.4")).toEqual(
        failed("error: IPAMBlock 10-65-0-4-30 cannot be read: spec.unallocated is no list of ordinals"),
      );
      expect(await ipam("show")).toMatchObject({
        code: 0,
        stderr:
          "warning: IPAMBlock 10-65-0-4-30 cannot be read and is left out: spec.unallocated is no list of ordinals\n",
      });
    });

    test("a datastore without an identity has none", async () => {
      await opened.datastore.delete(ipamKey("ClusterInformation", "default"));
      expect((await ipam("check")).code).toBe(0);
      const file = join(opened.store.directory, "..", "none.json");
      await writeFile(file, "untouched");
      expect((await ipam("check", "-o", file)).stderr).toMatch(/this datastore has no ClusterInformation/);
      expect(await readFile(file, "utf8")).toBe("untouched");
    });
  });

const noEtcd = missingForEtcdTests(["etcd", "etcdctl"]);

test.skipIf(noEtcd !== undefined)(
  `an endpoint that cannot be read may have any address: there is no report${noEtcd === undefined ? "" : ` (${noEtcd})`}`,
  async () => {
    const opened = await openEtcd();
    try {
      const key = "/calico/resources/v3/projectcalico.org/workloadendpoints/d/n1-k8s-web-eth0";
      await opened.putRaw(key, "{");
      const file = await opened.store.file("report.json", "untouched");
      const { code, stderr } = await ipam("check", "-o", file);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^no report is written: .*n1-k8s-web-eth0 cannot be read/),
      });
      expect(await readFile(file, "utf8")).toBe("untouched");
      const { stdout } = await ipam("check");
      expect(stdout).toMatch(/^ {2}\S*n1-k8s-web-eth0 cannot be read: /m);
      expect(stdout).toMatch(/^Check complete; found 7 problems\.$/m);
    } finally {
      await opened.close();
    }
  },
);
