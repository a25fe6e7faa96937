import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { listKind, specOf } from "../../runtime/ipam/objects.ts";
import { releaseAddresses } from "../../runtime/ipam/release-addresses.ts";
import { missingForEtcdTests } from "../datastore/etcd-server.ts";
import { SEQUENCE, SERVICE } from "./ipam-cluster.ts";
import {
  IPAM_STORES,
  type IpamStore,
  type KubernetesStore,
  openEmptyKubernetes,
  openEtcd,
  openKubernetes,
} from "./ipam-stores.ts";

const failed = (stderr: string, stdout = "") => ({ code: 1, stdout, stderr: `${stderr}\n` });
const said = (stdout: string) => ({ code: 0, stdout, stderr: "" });
const ipam = (...words: readonly string[]) => calicoctl("ipam", ...words);

for (const { name, missing, open } of IPAM_STORES)
  describe.skipIf(missing !== undefined)(missing === undefined ? name : `${name} (${missing})`, () => {
    let opened: IpamStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const get = async (kind: string, object: string) => {
      const { resource } = await opened.datastore.get({
        ...{ apiVersion: "projectcalico.org/v3", kind, namespace: "", name: object },
      });
      return specOf(resource);
    };

    test("show: tables of pools, blocks, borrowed addresses and settings; one address", async () => {
      let text = "";
      for (const words of [
        [],
        ["--show-blocks"],
        ["--show-borrowed"],
        ["--show-configuration"],
        ["--ip=10.65.0.3"],
        ["--ip=10.65.0.8"],
        ["--ip=10.66.0.1"],
        ["--ip=198.51.100.1"],
      ]) {
        const { code, stdout, stderr } = await ipam("show", ...words);
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        text += `$ calicoctl ${["ipam", "show", ...words].join(" ")}\n${stdout}`;
      }
      await expect(text).toMatchFileSnapshot("expected/ipam-show.txt");
    });

    test("show: an address that nobody has yet, and none", async () => {
      await ipam("configure", "--ip-cooldown-seconds=1200");
      const { resource, resourceVersion } = await opened.datastore.get({
        ...{ apiVersion: "projectcalico.org/v3", kind: "IPAMBlock", namespace: "", name: "10-66-0-0-30" },
      });
      const spec = specOf(resource);
      const releasedAt = `${new Date().toISOString().slice(0, 19)}Z`;
      const attributes = (spec.attributes as readonly object[]).map((one) =>
        "releasedAt" in one ? { releasedAt } : one,
      );
      await opened.datastore.update({ ...resource, spec: { ...spec, attributes } as never }, resourceVersion);
      expect(await ipam("show", "--ip=10.66.0.1")).toEqual(failed("address 10.66.0.1 is in cooldown"));
      expect(await ipam("release", "--ip=10.66.0.1")).toEqual(failed("IP address 10.66.0.1 is not assigned"));
      expect(await ipam("show", "--ip=10.66.0")).toEqual(failed("invalid IP address specified: 10.66.0"));
    });

    test("check: every section", async () => {
      const { code, stdout, stderr } = await ipam("check", "--show-all-ips");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      await expect(stdout).toMatchFileSnapshot(`expected/ipam-check-${name.split(" ")[0]}.txt`);
      const brief = (await ipam("check", "--show-problem-ips")).stdout;
      expect(brief).toContain("  10.65.0.1 leaked; attrs Main:k8s-pod-network.gone ");
      expect(brief).not.toContain("10.65.0.0 allocated");
      expect((await ipam("check")).stdout).not.toMatch(/^ {2}10\.65\.0\.1 /m);
    });

    test("release --ip: the address, its place in the block, and its handle", async () => {
      expect(await ipam("release", "--ip=10.65.0.1")).toEqual(
        said("Successfully released IP address 10.65.0.1\n"),
      );
      expect(await get("IPAMBlock", "10-65-0-0-30")).toMatchObject({
        allocations: [0, null, 1, 2],
        unallocated: [1],
        sequenceNumber: SEQUENCE + 101n,
        sequenceNumberForAllocation: { 0: SEQUENCE, 2: SEQUENCE + 2n, 3: SEQUENCE + 3n },
      });
      await expect(get("IPAMHandle", "k8s-pod-network.gone")).rejects.toThrow(/does not exist/);
      expect(await ipam("release", "--ip=10.65.0.1")).toEqual(failed("IP address 10.65.0.1 is not assigned"));
      expect(await ipam("release", "--ip=198.51.100.1")).toEqual(
        failed("IP address 198.51.100.1 is not assigned"),
      );
      expect((await ipam("check")).stdout).toMatch(/^Found 0 invalid IPAMBlocks\.$/m);
    });

    test("release --ip: an empty block of nobody goes, a handle that counted too much stays", async () => {
      expect((await ipam("release", "--ip=10.65.0.4")).code).toBe(0);
      await expect(get("IPAMBlock", "10-65-0-4-30")).rejects.toThrow(/does not exist/);
      expect(await get("IPAMHandle", "k8s-pod-network.lost")).toMatchObject({ block: { "10.65.0.4/30": 1 } });
    });

    test("several releases at once: none is lost", async () => {
      const addresses = ["10.65.0.0", "10.65.0.1", "10.65.0.2", "10.65.0.3"];
      const results = await Promise.all(
        addresses.map((ip) => releaseAddresses(opened.datastore, [{ ip }], Date.now())),
      );
      expect(results.flatMap(({ released }) => released)).toEqual(addresses);
      const block = await get("IPAMBlock", "10-65-0-0-30");
      expect(block).toMatchObject({ allocations: [null, null, null, null], sequenceNumber: SEQUENCE + 104n });
      expect([...(block.unallocated as readonly number[])].sort()).toEqual([0, 1, 2, 3]);
      await expect(get("IPAMHandle", "k8s-pod-network.Far")).rejects.toThrow(/does not exist/);
    });

    test("a cooldown keeps an address from being used again", async () => {
      expect(await ipam("configure", "--ip-cooldown-seconds=60")).toEqual(
        said("Successfully set IPCooldownSeconds to: 60\n"),
      );
      expect((await ipam("release", "--ip=10.65.0.1")).code).toBe(0);
      const { allocations, attributes, unallocated, sequenceNumberForAllocation } = await get(
        "IPAMBlock",
        "10-65-0-0-30",
      );
      expect({ allocations, unallocated }).toEqual({ allocations: [0, 3, 1, 2], unallocated: [] });
      expect((attributes as readonly object[])[3]).toEqual({
        releasedAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      });
      expect(sequenceNumberForAllocation).toMatchObject({ 1: SEQUENCE + 100n });
      expect((await ipam("check")).stdout).toMatch(/^Found 1 IPs that are allocated .* not actually in use/m);
    });

    test("configure: settings that contradict each other, and what is none", async () => {
      expect(await ipam("configure", "--strictaffinity=true", "--max-blocks-per-host=7")).toEqual(
        said("Successfully set StrictAffinity to: true\nSuccessfully set MaxBlocksPerHost to: 7\n"),
      );
      expect(await get("IPAMConfiguration", "default")).toMatchObject({
        ...{ strictAffinity: true, autoAllocateBlocks: true, maxBlocksPerHost: 7 },
      });
      const kept = await get("IPAMConfiguration", "default");
      expect(await ipam("configure", "--strictaffinity=false")).toEqual(
        failed("error: MaxBlocksPerHost requires StrictAffinity to be enabled"),
      );
      for (const [option, message] of [
        ["--strictaffinity=yes", "invalid value. Use true or false to set strictaffinity"],
        ["--max-blocks-per-host=-1", "invalid value for maxblockhost. Use a valid number"],
        [
          "--kubevirt-ip-persistence=on",
          "invalid value for --kubevirt-ip-persistence. Use Enabled or Disabled",
        ],
        ["--ip-cooldown-seconds=x", "invalid value for --ip-cooldown-seconds. Use a valid number"],
      ] as const)
        expect(await ipam("configure", option)).toEqual(failed(message));
      expect((await ipam("configure", "--ip-cooldown-seconds=1201")).stderr).toMatch(/1200/);
      expect(await ipam("configure")).toEqual(failed("at least one configuration option must be specified"));
      expect(await get("IPAMConfiguration", "default")).toEqual(kept);
    });

    test("split: a locked pool in parts, whose addresses stay with who has them", async () => {
      const words = ["split", "2", "--cidr=10.65.0.0/28"];
      expect(await ipam(...words)).toEqual(
        failed(
          "datastore is not locked. Run the `calicoctl datastore migrate lock` command in order split the IP pools",
        ),
      );
      expect(await calicoctl("datastore", "migrate", "lock")).toEqual(said("Datastore locked.\n"));
      for (const [number, option, message] of [
        ["3", "--name=active", "number to split CIDR into is not a valid power of 2: 3"],
        ["x", "--name=active", "error reading number to split IP pools into. x is not a valid number"],
        ["2", "--name=other", "unable to find IP pool with name other"],
        ["2", "--cidr=10.65.0.0/27", "unable to find IP pool covering the specified CIDR 10.65.0.0/27"],
        [
          "8",
          "--name=active",
          "the CIDR 10.65.0.0/28 is not large enough to be split into 8 parts: a part is at least a block, which is a /30",
        ],
      ] as const)
        expect(await ipam("split", number, option)).toEqual(failed(message));
      expect(await ipam("split", "2")).toEqual(
        failed("no name or CIDR provided. Provide a name or CIDR to denote the IP pool to split"),
      );
      expect(await get("IPPool", "active")).toMatchObject({ cidr: "10.65.0.0/28", blockSize: 30 });
      expect(await ipam(...words)).toEqual(
        said(
          [
            "IP Pool active was successfully split into 2 smaller pools.",
            "Created split-active-0 with CIDR 10.65.0.0/29.",
            "Created split-active-1 with CIDR 10.65.0.8/29.",
            "Unlock the datastore with `calicoctl datastore migrate unlock`.\n",
          ].join("\n"),
        ),
      );
      await expect(get("IPPool", "active")).rejects.toThrow(/does not exist/);
      expect(await get("IPPool", "split-active-1")).toMatchObject({ cidr: "10.65.0.8/29", blockSize: 30 });
      expect((await ipam("split", "2", "--name=services")).code).toBe(0);
      expect(await get("IPPool", "split-services-0")).toMatchObject({ disabled: true });
      expect((await ipam("show", "--ip=10.65.0.3")).stdout).toMatch(/is in use/);
      expect(await calicoctl("datastore", "migrate", "unlock")).toEqual(said("Datastore unlocked.\n"));
    });
  });

describe("a split that fails half way", () => {
  let opened: KubernetesStore;
  beforeEach(async () => {
    opened = await openKubernetes();
    await calicoctl("datastore", "migrate", "lock");
  });
  afterEach(() => opened.close());

  const pools = async () =>
    (await listKind(opened.datastore, "IPPool")).items.map(({ key, resource }) => [
      key.name,
      specOf(resource),
    ]);

  test("is taken back", async () => {
    const before = await pools();
    for (const rule of ["create ippools", "delete ippools"]) {
      opened.forbidden.add(rule);
      const { code, stdout, stderr } = await ipam("split", "2", "--name=active");
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      if (rule === "create ippools") {
        expect(stderr).toMatch(/Nothing has changed: the IP pool active is as it was$/m);
        expect(await pools()).toEqual(before);
      } else
        expect(stderr).toMatch(
          /the IP pool active is disabled, and these may be there: split-active-0, split-active-1$/m,
        );
      opened.forbidden.clear();
    }
  });

  test("never starts where a part's name is taken", async () => {
    const taken = { cidr: "10.70.0.0/24" };
    await opened.datastore.create({
      ...{ kind: "IPPool", apiVersion: "projectcalico.org/v3", metadata: { name: "split-active-1" } },
      spec: taken,
    });
    const before = await pools();
    expect(await ipam("split", "2", "--name=active")).toEqual(
      failed("there is an IP pool split-active-1 already"),
    );
    expect(await pools()).toEqual(before);
  });
});

test("a directory with something that is no resource is told once, and its blocks are shown", async () => {
  const [file] = IPAM_STORES;
  const opened = await file!.open();
  try {
    await writeFile(join(opened.store.directory, "broken.yaml"), "a: [");
    const { code, stdout, stderr } = await ipam("show", "--show-blocks");
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^warning: broken\.yaml document 1 cannot be read and is left out: [^\n]*\n$/,
      ),
    });
    expect(stdout).toContain("| Block    | 10.65.0.0/30 |");
    const checked = (await ipam("check")).stdout;
    expect(checked).toMatch(/^Found 0 invalid IPAMBlocks\.\n {2}broken\.yaml document 1 /m);
    expect(checked).toMatch(/not actually in use\.\.\.\n {2}broken\.yaml document 1 [^\n]*\nFound /);
  } finally {
    await opened.close();
  }
});

const noEtcd = missingForEtcdTests();

test.skipIf(noEtcd !== undefined)(
  `beside etcd a kubeconfig says where services are${noEtcd === undefined ? "" : ` (${noEtcd})`}`,
  async () => {
    const services = await openEmptyKubernetes();
    services.write([SERVICE]);
    const kubeconfig = process.env.KUBECONFIG ?? "";
    const etcd = await openEtcd();
    try {
      const before = (await ipam("check", "--show-all-ips")).stdout;
      expect(before).toMatch(/^Services are not known here: /m);
      const { stdout } = await ipam("check", "--show-all-ips", `--kubeconfig=${kubeconfig}`);
      expect(stdout).toMatch(/^ {2}10\.66\.0\.0 belongs to Service\(d\/lb\)\nFound 1 service load balancer/m);
      const gone = await ipam("check", "--kubeconfig=/nowhere");
      expect(gone).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^the kubeconfig cannot be used: /),
      });
    } finally {
      await etcd.close();
      await services.close();
    }
  },
);
