import { writeSync } from "node:fs";
import { watch } from "../../../runtime/confirm/watchdog.ts";
import { READY_FD } from "../../../runtime/host/detached.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import { VERSION } from "../../version.ts";

export interface WatchdogRequest {
  readonly token: string;
  readonly iptablesBackend: "nft" | "legacy";
  readonly netns?: string;
}

/** Everything that it takes is loaded by now; standard output is the log. */
export async function runWatchdog({ token, iptablesBackend, netns }: WatchdogRequest): Promise<void> {
  const host = new LinuxHost({
    iptablesVariant: iptablesBackend,
    ...(netns === undefined ? {} : { netns }),
  });
  const log = (line: string): void =>
    void process.stdout.write(`${new Date().toISOString()} ${process.pid} ${line}\n`);
  process.on("SIGHUP", () => undefined);
  log("waiting");
  writeSync(READY_FD, "ready\n");
  await watch(host, { token, compilerVersion: VERSION, log });
}
