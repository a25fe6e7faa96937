import { expect, test } from "vitest";
import { applyBundle } from "../../runtime/apply/apply-bundle.ts";
import { differences } from "../../runtime/apply/drift.ts";
import type { AppliedRecord } from "../../runtime/apply/record.ts";
import { uninstall } from "../../runtime/apply/uninstall.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { fakeHost, linuxHost, type TestedHost } from "./hosts.ts";

const missing = missingForKernelTests(["ip", "bridge", "tc", "ipset", "nft", "iptables-nft-restore"]);

const line = (dev: string, limits: string): string =>
  `qdisc add dev ${dev} root handle 1: tbf ${limits.replace("peakrate", "latency 25ms peakrate")}`;
/** `tc` rounds this one down to 1234Kbit, and the kernel its sizes. */
const ODD = "rate 1234567bit burst 12345b peakrate 7654321bit minburst 1514b";

function recordOf(directory: string, ...lines: readonly string[]): AppliedRecord {
  const artifacts = lines.length === 0 ? [] : [{ path: "tc.batch", text: `${lines.join("\n")}\n` }];
  return { node: "n1", variant: "nft", bird: { config: `${directory}/bird.conf` }, artifacts };
}

async function tc(tested: TestedHost, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tested.host.run("tc", ["-batch", "-"], {
    input: `${words.join(" ")}\n`,
  });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

test.for([
  ["in memory", fakeHost, undefined],
  ["in a kernel", () => linuxHost("nft"), missing],
] as const)("limits to the pod come, stay, are kept up and go: %s", async ([, open, reason], context) => {
  context.skip(reason !== undefined, reason);
  const { shaping } = await detectFeatures("nft");
  context.skip(open !== fakeHost && !shaping.includes("tbf"), "the kernel has no tbf");
  const tested = await open();
  const { host, directory } = tested;
  try {
    for (const dev of ["cali1", "cali2", "cali3", "eth0"]) await tested.addDevice(dev);
    const foreign = "qdisc add dev eth0 root handle 1: tbf rate 8000000bit burst 10000b latency 25ms";
    await tc(tested, foreign);
    const first = recordOf(
      directory,
      line("cali1", "rate 1000000bit burst 10000b latency 25ms"),
      line("cali2", ODD),
    );
    expect((await applyBundle(host, first, false)).steps).toEqual(["limit bandwidth"]);
    const shown = await tc(tested, "qdisc show dev cali2");
    expect(shown).toMatch(/tbf 1: .*rate 1234Kbit burst 1234\d+b peakrate 7654Kbit minburst 151[34]b/);
    expect((await applyBundle(host, first, false)).steps).toEqual([]);
    expect(await differences(host, first)).toEqual([]);

    await tc(tested, "qdisc del dev cali1 root");
    await tc(tested, "qdisc add dev cali3 root handle 1: tbf rate 8000bit burst 2000b latency 25ms");
    const found = await differences(host, first);
    expect(found.map(({ artifact, place, kind }) => `${artifact} ${place} ${kind}`)).toEqual([
      "tc.batch cali3 extra",
      "tc.batch cali1 missing",
    ]);
    expect((await applyBundle(host, first, false)).steps).toEqual(["limit bandwidth"]);

    const second = recordOf(directory, line("cali1", "rate 2000000bit burst 10000b latency 25ms"));
    await applyBundle(host, second, false);
    expect(await tc(tested, "qdisc show dev cali1")).toContain("rate 2Mbit");
    expect(await tc(tested, "qdisc show dev cali2")).not.toContain("tbf");
    expect(await tc(tested, "qdisc show dev cali3")).not.toContain("tbf");
    await uninstall(host, second.bird);
    expect(await tc(tested, "qdisc show dev cali1")).not.toContain("tbf");
    expect(await tc(tested, "qdisc show dev eth0")).toContain("rate 8Mbit");
  } finally {
    await tested.close();
  }
});
