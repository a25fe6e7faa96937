import { resolve } from "node:path";
import type { Changer, Confirmation } from "../../../runtime/confirm/change.ts";
import { startDetached } from "../../../runtime/host/detached.ts";
import type { Host } from "../../../runtime/host/host.ts";
import { VERSION } from "../../version.ts";
import type { HostRequest } from "../apply/this-host.ts";
import { WATCHDOG } from "./options.ts";

export const CHANGER: Changer = {
  compilerVersion: VERSION,
  tell: (line) => void process.stderr.write(`calicoctl: ${line}\n`),
};

export function confirmLog(host: Host): string {
  return resolve(host.stateDirectory, "confirm.log");
}

/** What `--confirm-timeout` asks for: a watchdog that is this same program on this same host. */
export function confirmation(
  host: Host,
  seconds: number | undefined,
  { netns }: HostRequest,
): Confirmation | undefined {
  if (seconds === undefined) return undefined;
  return {
    seconds,
    startWatchdog: (token) =>
      startDetached({
        args: [
          WATCHDOG,
          ...["--token", token, "--iptables-backend", host.iptablesVariant],
          ...(netns === undefined ? [] : ["--netns", netns]),
        ],
        env: { CALICO_STATE_DIR: resolve(host.stateDirectory) },
        log: confirmLog(host),
      }),
  };
}

/** The line that tells a person that the clock runs. */
export function waitsFor(seconds: number): string {
  return `'calicoctl confirm' within ${seconds} s keeps it; else it is taken back`;
}
