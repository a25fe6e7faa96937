import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { differences } from "../../runtime/apply/drift.ts";
import { readJournal } from "../../runtime/apply/journal.ts";
import { recover } from "../../runtime/apply/recover.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { LinuxHost } from "../../runtime/host/linux-host.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { linuxHost, workloadDevices } from "./hosts.ts";
import { compileTarget, fixtureFiles } from "./plans.ts";

const missing = missingForKernelTests([
  ...["ip", "ipset", "nft", "flock", "setpriv", "sysctl", "bridge", "tc"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
]);

/** A host whose power fails when it has written a file of this name: from then on nothing has any effect. */
class FailingHost extends LinuxHost {
  lastWrite = "";
  #isOff = false;

  override async run(...call: Parameters<LinuxHost["run"]>): ReturnType<LinuxHost["run"]> {
    this.#refuse();
    return super.run(...call);
  }

  override async writeFile(path: string, text: string, mode: number): Promise<void> {
    this.#refuse();
    await super.writeFile(path, text, mode);
    this.#isOff = path.endsWith(`/${this.lastWrite}`);
    this.#refuse();
  }

  override async removeFile(path: string): Promise<void> {
    this.#refuse();
    return super.removeFile(path);
  }

  #refuse(): void {
    if (this.#isOff) throw new Error("the power is off");
  }
}

/** The same disk after the next boot. */
class RebootedHost extends LinuxHost {
  override async bootId(): Promise<string> {
    return "the next boot";
  }
}

describe.skipIf(missing !== undefined).each(["nft", "legacy"] as const)(
  `a host that boots in the middle of a change, %s${missing === undefined ? "" : ` (${missing})`}`,
  (iptablesVariant) => {
    test.each([
      ["journal.json", "went back", 0],
      ["switched.json", "went on", 1],
    ] as const)(
      "after %s was written: it %s, with an empty kernel and before its workloads have their devices",
      async (lastWrite, way, end) => {
        const features = await detectFeatures(iptablesVariant);
        const [from, to] = [1, 2].map((step) => {
          const target = compileTarget(fixtureFiles(`quickstart/${step}`), "node-1", features);
          return { ...target, artifacts: target.artifacts.filter(({ path }) => path !== "bird.conf") };
        });
        if (from === undefined || to === undefined) throw new Error("no bundles");
        const before = await linuxHost(iptablesVariant);
        const after = await linuxHost(iptablesVariant);
        const bird = { config: `${before.directory}/bird.conf` };
        const options = { acceptWindow: true, bird };
        const stateDirectory = `${before.directory}/state`;
        const recordOf = ({ node, artifacts }: typeof from) => ({
          node,
          variant: iptablesVariant,
          bird,
          artifacts,
        });
        try {
          for (const name of ["eth0", ...workloadDevices(from.artifacts)]) await before.addDevice(name);
          await before.space.run("ip", ["addr", "add", "172.16.1.11/24", "dev", "eth0"]);
          await apply(before.host, from, options);
          const failing = new FailingHost({ iptablesVariant, netns: before.space.name, stateDirectory });
          failing.lastWrite = lastWrite;
          await expect(apply(failing, to, options)).rejects.toThrow("the power is off");

          const host = new RebootedHost({ iptablesVariant, netns: after.space.name, stateDirectory });
          await after.addDevice("eth0");
          await after.space.run("ip", ["addr", "add", "172.16.1.11/24", "dev", "eth0"]);
          expect(await recover(host)).toBe(way);
          expect(await readJournal(host)).toBeUndefined();
          const missingThen = await differences(host, recordOf(end === 0 ? from : to));
          // All but what stands on the devices of workloads.
          expect(missingThen.length).toBeGreaterThan(0);
          for (const { kind, what } of missingThen)
            expect([kind, what]).toEqual(["missing", expect.stringMatching(/cali\w{11}/)]);
          expect(await after.space.run(`iptables-${iptablesVariant}-save`, [])).toContain("-j cali-FORWARD");

          for (const name of workloadDevices(from.artifacts)) await after.addDevice(name);
          await apply(host, to, options);
          expect(await differences(host, recordOf(to))).toEqual([]);
          expect(await recover(host)).toBe("nothing to do");
        } finally {
          await after.close();
          await before.close();
        }
      },
      60_000,
    );
  },
);
