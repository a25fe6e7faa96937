// Runs inside user-mode Linux: puts the nodes of `nodes.json` onto hosts of namespaces by `apply`, sends pings from pod
// to pod, and leaves what it saw in `report.json`. Argument: the directory of both files.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { apply } from "../../runtime/apply/apply.ts";
import type { ApplyTarget } from "../../runtime/apply/target.ts";
import { LinuxHost } from "../../runtime/host/linux-host.ts";
import { Namespace } from "../kernel/namespace.ts";
import { TestHost, type TestWorkload } from "../kernel/test-host.ts";

export interface TunnelNode {
  readonly target: ApplyTarget;
  /** Of `eth0`, with its prefix length. */
  readonly address: string;
  /** Of the router that `eth0` leads to, with the same prefix length. */
  readonly gateway: string;
  readonly pod: TestWorkload;
}

export interface Stream {
  readonly from: string;
  readonly to: string;
  /** Pings answered, of 20. */
  readonly answered: number;
  /** Packets that the sender's tunnel device has sent. */
  readonly tunnelled: number;
  /** Packets between subnets, both ways, as the router sees them: IP protocol 4, and ICMP. */
  readonly routed: { readonly ipip: number; readonly icmp: number };
}

export interface TunnelReport {
  /** Whether the kernel had IPIP already when the first node was applied. */
  readonly loadedBefore: boolean;
  /** What a second apply did, by node. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  readonly streams: readonly Stream[];
}

const PINGS = 20;

/** One router with a bridge for every subnet. */
async function connect(fabric: Namespace, { gateway, target }: TunnelNode, host: TestHost): Promise<void> {
  const bridge = `br${gateway.split(".")[2]}`;
  if (!(await fabric.run("ip", ["-br", "link"])).includes(bridge)) {
    await fabric.run("ip", ["link", "add", bridge, "type", "bridge"]);
    await fabric.run("ip", ["addr", "add", gateway, "dev", bridge]);
    await fabric.run("ip", ["link", "set", bridge, "up"]);
  }
  await host.space("outside").run("ip", ["link", "set", "eth0", "netns", fabric.name, "name", target.node]);
  await fabric.run("ip", ["link", "set", target.node, "master", bridge, "up"]);
  await host.host.run("ip", ["route", "add", "default", "via", gateway.split("/")[0]!]);
}

async function counted(fabric: Namespace): Promise<Stream["routed"]> {
  const saved = await fabric.run("iptables-legacy-save", ["-c", "-t", "raw"]);
  const packets = (match: string) => Number(new RegExp(`^\\[(\\d+):.*${match}$`, "m").exec(saved)?.[1]);
  return { ipip: packets("-p ipencap"), icmp: packets("-p icmp") };
}

async function tunnelled(host: Namespace): Promise<number> {
  const [link] = JSON.parse(await host.run("ip", ["-j", "-s", "link", "show", "tunl0"])) as readonly {
    readonly stats64: { readonly tx: { readonly packets: number } };
  }[];
  return link!.stats64.tx.packets;
}

async function main(directory: string): Promise<TunnelReport> {
  const nodes = JSON.parse(await readFile(join(directory, "nodes.json"), "utf8")) as readonly TunnelNode[];
  const loadedBefore = existsSync("/sys/module/ipip");
  const fabric = await Namespace.create("fabric");
  await fabric.run("sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
  for (const protocol of ["4", "icmp"])
    await fabric.run("iptables-legacy", ["-t", "raw", "-A", "PREROUTING", "-p", protocol]);

  const hosts = new Map<string, TestHost>();
  const repeated: Record<string, readonly string[]> = {};
  for (const node of nodes) {
    const { target, address, pod } = node;
    const host = await TestHost.create({
      variant: "legacy",
      hostAddresses: [address],
      outsideAddresses: [],
      workloads: [pod],
    });
    hosts.set(target.node, host);
    await connect(fabric, node, host);
    const linux = new LinuxHost({
      iptablesVariant: "legacy",
      netns: host.host.name,
      stateDirectory: `/run/${target.node}`,
    });
    await apply(linux, target);
    repeated[target.node] = (await apply(linux, target)).steps;
  }

  const streams: Stream[] = [];
  const [first, ...others] = nodes;
  const sender = hosts.get(first!.target.node)!;
  for (const { target, pod } of others) {
    const [before, sent] = [await counted(fabric), await tunnelled(sender.host)];
    const said = await sender
      .space(first!.pod.name)
      .run("ping", ["-q", "-c", `${PINGS}`, "-i", "0.05", pod.addresses[0]!])
      .catch(String);
    const after = await counted(fabric);
    streams.push({
      from: first!.target.node,
      to: target.node,
      answered: Number(/(\d+) received/.exec(said)?.[1]),
      tunnelled: (await tunnelled(sender.host)) - sent,
      routed: { ipip: after.ipip - before.ipip, icmp: after.icmp - before.icmp },
    });
  }
  return { loadedBefore, repeated, streams };
}

const [, , directory = ""] = process.argv;
await writeFile(join(directory, "report.json"), JSON.stringify(await main(directory)));
