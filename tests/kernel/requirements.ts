import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Why the kernel tests cannot run here, or `undefined` when they can. Tests state it in their name and count as
 * skipped: `describe.skipIf(reason)`.
 */
export function missingForKernelTests(tools: readonly string[]): string | undefined {
  if (process.platform !== "linux") return "needs Linux";
  if (process.getuid?.() !== 0) return "needs root";
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  const absent = tools.filter((tool) => !directories.some((directory) => existsSync(join(directory, tool))));
  return absent.length === 0 ? undefined : `needs ${absent.join(", ")}`;
}
