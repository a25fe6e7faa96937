import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { ApplyError, reasonOf, StepError } from "../../../runtime/apply/errors.ts";
import { type BirdPlace, DEFAULT_BIRD } from "../../../runtime/apply/target.ts";
import type { Host } from "../../../runtime/host/host.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import { UserError } from "../../output/errors.ts";

export interface HostRequest {
  readonly iptablesBackend?: "nft" | "legacy";
  readonly birdConfig?: string;
  readonly birdSocket?: string;
  readonly netns?: string;
}

const NEEDED = ["setpriv", "flock", "ip", "bridge", "tc", "sysctl", "ipset", "nft"];
const FOR_BIRD = ["bird", "birdc"];

/** The variant that plain `iptables` means here; `undefined` where that cannot be told. */
export async function defaultVariant(): Promise<"nft" | "legacy" | undefined> {
  const { code, stdout } = await new LinuxHost({ iptablesVariant: "nft" }).run("iptables", ["--version"]);
  if (code !== 0) return undefined;
  return stdout.includes("nf_tables") ? "nft" : "legacy";
}

/** Throws `UserError` where hosts cannot be changed, or not by this user. */
export function needRoot(): void {
  if (process.platform !== "linux") throw new UserError("needs a Linux host; nothing was changed");
  if (process.getuid?.() !== 0) throw new UserError("needs root; nothing was changed");
}

/** This machine, ready to be written to. Throws `UserError` where something that it takes is missing. */
export async function openHost(
  request: HostRequest,
  variant: "nft" | "legacy",
  withBird: boolean,
  further: readonly string[] = [],
): Promise<Host> {
  needRoot();
  const rules = ["iptables", "ip6tables"].flatMap((family) =>
    ["save", "restore"].map((verb) => `${family}-${variant}-${verb}`),
  );
  const missing = missingTools([...NEEDED, ...further, ...rules, ...(withBird ? FOR_BIRD : [])]);
  if (missing.length > 0)
    throw new UserError(`these tools are missing: ${missing.join(", ")}; nothing was changed`);
  const host = new LinuxHost({
    iptablesVariant: variant,
    ...(request.netns === undefined ? {} : { netns: request.netns }),
  });
  await refuseOtherVariant(host);
  return host;
}

/** Rules of ours in both variants would both be enforced, and only one of them be kept up. */
async function refuseOtherVariant(host: Host): Promise<void> {
  const other = host.iptablesVariant === "nft" ? "legacy" : "nft";
  const families = ["iptables", "ip6tables"];
  const saves = await Promise.all(families.map((family) => host.run(`${family}-${other}-save`, [])));
  for (const [index, { code, stdout }] of saves.entries()) {
    const family = families[index];
    // A missing tool is no error: whoever lacks it has no such rules.
    if (code === 0 && /^(:cali-|-A .*"?cali:)/m.test(stdout))
      throw new UserError(
        `this host has rules of ours in ${family}-${other}; where only that one has some, 'calicoctl uninstall-dataplane --iptables-backend ${other}' removes them; nothing was changed`,
      );
  }
}

function missingTools(tools: readonly string[]): readonly string[] {
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return tools.filter((tool) => !directories.some((directory) => isProgram(join(directory, tool))));
}

/** Asked synchronously: they are many short calls, and nothing else waits. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function birdPlace({ birdConfig, birdSocket }: HostRequest): BirdPlace {
  return {
    config: birdConfig ?? DEFAULT_BIRD.config,
    ...(birdSocket === undefined ? {} : { socket: birdSocket }),
  };
}

const ENFORCED = {
  untouched: "This host enforces what it did before.",
  restored: "This host enforces what it did before.",
  unknown:
    "An earlier change was under way: this host enforces the old policy, the new one or a part of each.",
  unfinished: "The journal is kept; the next apply ends it first.",
} as const;

/** Runs what writes to the host; what goes wrong there is told in words, with what the host enforces now. */
export async function told<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof ApplyError) throw new UserError(`${cause.message}\n${ENFORCED[cause.outcome]}`);
    // A file that the system keeps from us, or a bundle with text that this version does not read.
    const isOfTheWorld = cause instanceof Error && ("code" in cause || cause.name === "ParseError");
    if (cause instanceof StepError || isOfTheWorld) throw new UserError(reasonOf(cause));
    throw cause;
  }
}
