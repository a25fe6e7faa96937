import { execa } from "execa";

/** What a tool said. `code` is its exit code, or `undefined` when it was killed or never started. */
export interface ToolResult {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Text for standard input. */
  readonly input?: string;
  /** Milliseconds after which the tool is killed; 30 s unless given. */
  readonly timeout?: number;
  /** Run inside this network namespace, by name. */
  readonly netns?: string;
}

/** Stock tools live in sbin directories that an ordinary user's PATH lacks. */
const PATH = [process.env.PATH ?? "", "/usr/local/sbin", "/usr/sbin", "/sbin"].join(":");

/**
 * Runs one stock tool, never through a shell, and returns what it said; a non-zero exit is a result, not an
 * exception. The locale is fixed, because the tools' output is read back.
 */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ToolResult> {
  const [command, ...rest] =
    options.netns === undefined ? [tool, ...args] : ["ip", "netns", "exec", options.netns, tool, ...args];
  const result = await execa(command!, rest, {
    reject: false,
    stripFinalNewline: false,
    timeout: options.timeout ?? 30_000,
    env: { PATH, LC_ALL: "C" },
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
  });
  return {
    code: result.exitCode,
    stdout: String(result.stdout ?? ""),
    stderr: String(result.stderr ?? "") || (result.failed ? (result.shortMessage ?? "") : ""),
  };
}
