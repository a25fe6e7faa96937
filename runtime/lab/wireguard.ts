import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeIr, SourceFile } from "../../compiler/index.ts";
import { readFileIfAny, writeFileDurably } from "../host/durable-file.ts";
import { spaceCommand, startDaemon } from "../host/network-space.ts";
import { runTool } from "../host/run.ts";
import type { Invented } from "./directory.ts";
import { LabError } from "./errors.ts";
import { ipBatch, must } from "./tools.ts";

/** Milliseconds that wireguard-go may take to open its socket. */
const PATIENCE = 10_000;
const POLL = 50;

/** A node that has WireGuard devices. */
export interface WireguardHost {
  readonly space: string;
  readonly ir: NodeIr;
  /** The public keys that the other nodes know of it, by the IP version of the device. */
  readonly published: Readonly<Record<4 | 6, string | undefined>>;
  /** Of the node's keys, and of wireguard-go's sockets. */
  readonly directory: string;
  /** wireguard-go stands in for the kernel. */
  readonly isUserspace: boolean;
}

/** Whether wireguard-go can stand in for a kernel without WireGuard. */
export async function hasWireguardGo(): Promise<boolean> {
  const tools = await Promise.all(["wireguard-go", "wg"].map(async (tool) => runTool(tool, ["--version"])));
  return existsSync("/dev/net/tun") && tools.every(({ code }) => code === 0);
}

/** The resources, or others with the lab's own keys in place of those whose other halves only a real node has. */
export function withKeys(sources: readonly SourceFile[], keys: Invented["keys"]): readonly SourceFile[] {
  if (Object.keys(keys).length === 0) return sources;
  return sources.map(({ path, text }) => ({
    path,
    text: Object.entries(keys).reduce((all, [was, { publicKey }]) => all.replaceAll(was, publicKey), text),
  }));
}

/** Makes the node's WireGuard devices unless they are there, with the keys that the other nodes know. */
export async function openDevices(
  { space, ir, published, directory, isUserspace }: WireguardHost,
  keys: Invented["keys"],
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const sockets = isUserspace ? directory : undefined;
  for (const link of ir.routing.links) {
    if (link.kind !== "wireguard") continue;
    const { code } = await runTool("ip", ["-n", space, "link", "show", link.name]);
    if (code !== 0) await openDevice(space, link.name, sockets);
    const version = link.reason.kind === "tunnel" ? link.reason.version : 4;
    const key = Object.values(keys).find(({ publicKey }) => publicKey === published[version]);
    // Without a key that others know of, the device gets one like any host's.
    if (key !== undefined) {
      const file = join(directory, `${link.name}.key`);
      await writeFileDurably(file, `${key.privateKey}\n`, 0o600);
      const [tool = "", ...enter] = spaceCommand(space, sockets);
      await must(tool, [...enter, "wg", "set", link.name, "private-key", file]);
    }
  }
}

async function openDevice(space: string, name: string, sockets: string | undefined): Promise<void> {
  if (sockets === undefined) return ipBatch(space, [`link add ${name} type wireguard`]);
  const log = join(sockets, "wireguard-go.log");
  startDaemon([...spaceCommand(space, sockets), "wireguard-go", "-f", name], log);
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(POLL))
    if (existsSync(join(sockets, `${name}.sock`))) return;
  throw new LabError(
    `wireguard-go did not start in ${space}: ${(await readFileIfAny(log)) ?? "it said nothing"}`,
  );
}
