import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { StatusReport } from "./test-lab.ts";

/** Some 200 pings a second, by both IP versions, until it is stopped. */
export function stream(space: string, address: string) {
  const args = ["netns", "exec", space, "ping", "-q", "-n", "-i", "0.005", address];
  const child: ChildProcess = spawn("ip", args, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout?.on("data", (data: Buffer) => {
    printed += data.toString();
  });
  const close = once(child, "close");
  return async (): Promise<{ readonly sent: number; readonly lost: number }> => {
    child.kill("SIGINT");
    await close;
    const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(printed) ?? [];
    return { sent: Number(sent), lost: Number(sent) - Number(received) };
  };
}

/** Since when each session is in its state, by node and name. */
export function uptimes({ sessions }: StatusReport): ReadonlyMap<string, string> {
  return new Map(
    sessions.map(({ node, name, bgpState, since }) => [`${node} ${name}`, `${bgpState} ${since}`]),
  );
}
