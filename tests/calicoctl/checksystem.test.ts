import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkKernel } from "../../cli/commands/node/checksystem.ts";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { readKernel } from "../../runtime/host/kernel.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";

const RELEASE = "6.1.0-44-amd64";

describe("a machine by its files", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "calico-kernel-"));
    await put("/proc/sys/kernel/osrelease", `${RELEASE}\n`);
    // A dependency on a module is no module.
    await put(
      `/lib/modules/${RELEASE}/modules.dep`,
      [
        "kernel/net/netfilter/ipset/ip_set.ko: kernel/net/netfilter/nfnetlink.ko",
        "kernel/net/netfilter/xt_ipvs.ko.xz:",
        "kernel/net/netfilter/xt_conntrack.ko.zst:",
        "kernel/net/netfilter/xt_multiport.ko:",
        "kernel/net/netfilter/xt_addrtype.ko:",
        "",
      ].join("\n"),
    );
    await put(`/lib/modules/${RELEASE}/modules.builtin`, "kernel/net/ipv4/netfilter/ip_tables.ko\n");
    await put("/proc/modules", "nf_conntrack_netlink 49152 0 - Live 0x0\nxt_mark 16384 1 - Live 0x0\n");
    await mkdir(join(root, "/sys/module/xt_set"), { recursive: true });
    await put(
      `/boot/config-${RELEASE}`,
      "CONFIG_NFT_REJECT=m\n# CONFIG_VFIO is not set\nCONFIG_IP_NF_MATCH_RPFILTER=y\n",
    );
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function put(path: string, content: string | Buffer): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }

  async function results(config?: string): Promise<Readonly<Record<string, string>>> {
    const { lines } = await checkKernel(
      await readKernel({ root, ...(config === undefined ? {} : { config }) }),
    );
    return Object.fromEntries(
      lines.flatMap((line) => {
        const [, what, result] = /^\t\t(\S+) *\t+(\w+)$/.exec(line) ?? [];
        return what === undefined ? [] : [[what, result ?? ""]];
      }),
    );
  }

  test("has what it has, wherever it is", async () => {
    const { lines, isFit } = await checkKernel(await readKernel({ root }));
    expect(isFit).toBe(true);
    expect(lines.slice(0, 4)).toEqual([
      "Checking kernel version...",
      `\t\t${RELEASE.padEnd(20)}\t\t\t\t\tOK`,
      "Checking kernel modules...",
      "\t\tip_set              \t\t\t\t\tOK",
    ]);
    const skipped = Object.entries(await results()).filter(([, result]) => result !== "OK");
    expect(Object.fromEntries(skipped)).toEqual({
      ip6_tables: "SKIP",
      "vfio-pci": "SKIP",
      xt_bpf: "SKIP",
      xt_u32: "SKIP",
    });
    expect(lines).toContain("WARNING: IPv6 will be unavailable as ip6_tables kernel module is not found");
  });

  test("lacks what is nowhere", async () => {
    await put(
      `/lib/modules/${RELEASE}/modules.dep`,
      "kernel/net/netfilter/xt_ipvs.ko: kernel/net/ip_set.ko\n",
    );
    const { lines, isFit } = await checkKernel(await readKernel({ root }));
    expect(isFit).toBe(false);
    expect(lines).toContain(
      "WARNING: Unable to detect the xt_conntrack module as Loaded/Builtin module or lsmod",
    );
    expect(await results()).toMatchObject({ xt_conntrack: "FAIL", xt_multiport: "FAIL" });
  });

  test("takes the configuration that is given, or what the kernel tells", async () => {
    await put(`/lib/modules/${RELEASE}/modules.dep`, "");
    const config = join(root, "config");
    await writeFile(config, "CONFIG_IP_SET=y\nCONFIG_VFIO=m\n");
    expect(await results(config)).toMatchObject({
      ip_set: "OK",
      "vfio-pci": "OK",
      "ipt_REJECT|xt_REJECT": "FAIL",
    });
    await rm(join(root, `/boot/config-${RELEASE}`));
    await put("/proc/config.gz", gzipSync("CONFIG_IP_SET=y\n"));
    expect(await results()).toMatchObject({ ip_set: "OK", xt_conntrack: "FAIL" });
  });

  test.each([
    ["2.6.23", "FAIL"],
    ["2.6.24", "OK"],
    ["2.6.32-431.el6", "OK"],
    ["3.0.1", "OK"],
    ["2.4.99", "FAIL"],
  ])("kernel %s: %s", async (release, result) => {
    await put("/proc/sys/kernel/osrelease", `${release}\n`);
    expect((await results())[release]).toBe(result);
  });
});

const missing = missingForKernelTests([]);
test.skipIf(missing)(`this machine${missing ? ` (${missing})` : ""}`, async () => {
  const { code, stdout, stderr } = await calicoctl("node", "checksystem");
  const isFit = !/\tFAIL$/m.test(stdout);
  expect(stdout).toMatch(/^Checking kernel version\.\.\.\n\t\t\S+ *\t+OK\nChecking kernel modules\.\.\.\n/);
  expect(stdout.includes("System meets minimum system requirements to run Calico!")).toBe(isFit);
  expect({ code, stderr }).toEqual(
    isFit
      ? { code: 0, stderr: "" }
      : { code: 1, stderr: "system doesn't meet one or more minimum systems requirements to run Calico\n" },
  );
  expect((await calicoctl("node", "checksystem", "-f", "/nowhere")).stderr).toMatch(
    /^cannot read \/nowhere: /,
  );
});
