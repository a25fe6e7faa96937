import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifact } from "../../compiler/index.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import type { Host } from "../../runtime/host/host.ts";
import { LinuxHost } from "../../runtime/host/linux-host.ts";
import { Namespace } from "../kernel/namespace.ts";

/** A host for one test, whichever implementation it is. */
export interface TestedHost {
  readonly host: Host;
  /** The same machine, as another process sees it. */
  readonly other: Host;
  /** A directory for files of the test. */
  readonly directory: string;
  addDevice(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function fakeHost(): Promise<TestedHost> {
  const machine = new FakeMachine();
  machine.kernel.routing.addDevice("lo", "loopback");
  return {
    host: machine.host(),
    other: machine.host(),
    directory: "/test",
    addDevice: async (name) => machine.kernel.routing.addDevice(name),
    close: async () => undefined,
  };
}

export async function linuxHost(
  iptablesVariant: "nft" | "legacy",
): Promise<TestedHost & { readonly space: Namespace }> {
  const space = await Namespace.create("apply");
  const directory = await mkdtemp(join(tmpdir(), "calico-apply-"));
  const make = (): Host =>
    new LinuxHost({ iptablesVariant, netns: space.name, stateDirectory: join(directory, "state") });
  return {
    space,
    host: make(),
    other: make(),
    directory,
    addDevice: async (name) => {
      await space.run("ip", ["link", "add", name, "type", "veth", "peer", "name", `p${name}`.slice(0, 15)]);
      await space.run("ip", ["link", "set", name, "up"]);
    },
    close: async () => {
      await space.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The devices of workloads that a bundle expects CNI to have made. */
export function workloadDevices(artifacts: readonly Artifact[]): readonly string[] {
  const texts = artifacts.filter(({ path }) => path === "ip.batch" || path === "sysctl.conf");
  return [
    ...new Set(
      texts.flatMap(({ text }) =>
        [...text.matchAll(/(?: dev |\.conf\.)(cali\w{1,11})\b/g)].map(([, name = ""]) => name),
      ),
    ),
  ];
}
