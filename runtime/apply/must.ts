import type { Host } from "../host/host.ts";
import { StepError } from "./errors.ts";

/** Runs a tool that has to succeed; throws `StepError` with what it said. */
export async function must(host: Host, name: string, command: readonly string[], input = ""): Promise<void> {
  const [tool = "", ...args] = command;
  const { code, stdout, stderr } = await host.run(tool, args, { input });
  if (code === 0) return;
  const reason = stderr.trim() || stdout.trim() || `${tool} ended without a word`;
  throw new StepError(name, `${reason}${refusedLine(reason, input)}`);
}

/** The tools name a line by its number, and nobody else can see the input. */
export function refusedLine(reason: string, input: string): string {
  const [, number] = /(?:\bline |-:)(\d+)/.exec(reason) ?? [];
  const line = number === undefined ? undefined : input.split("\n")[Number(number) - 1];
  return line === undefined || line === "" ? "" : ` (${line})`;
}
