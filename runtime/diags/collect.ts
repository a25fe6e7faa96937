/** Diagnostics as files in a directory: what stock tools say, and logs. */
import { mkdir, open, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { mapAtOnce } from "../at-once.ts";
import { runTool, type ToolResult } from "../host/run.ts";
import { withoutSecrets } from "./secrets.ts";

/** One question to a tool. */
export interface Piece {
  /** For the person who waits. */
  readonly title: string;
  /** Program and arguments; of several the first that there is and that succeeds. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** Where the answer goes, below the directory. */
  readonly file: string;
}

export interface Collecting {
  readonly directory: string;
  /** Tools that may run at once. */
  readonly parallelism: number;
  /** Gets one line at a time. */
  readonly say: (line: string) => void;
}

/** How long a tool may take, in milliseconds: a node in trouble is where diagnostics are taken. */
const PATIENCE = 60_000;

/** Asks every piece. One that fails is said, and leaves what it printed. */
export async function collect(pieces: readonly Piece[], collecting: Collecting): Promise<void> {
  await mapAtOnce(collecting.parallelism, pieces, (piece) => ask(piece, collecting));
}

async function ask({ title, commands, file }: Piece, { directory, say }: Collecting): Promise<void> {
  say(title);
  let answer: ToolResult | undefined;
  for (const [tool, ...args] of commands) {
    answer = await runTool(tool, args, { timeout: PATIENCE });
    if (answer.code === 0) break;
    say(
      `Failed to run command: ${[tool, ...args].join(" ")}\nError: ${withoutSecrets(answer.stderr.trim())}`,
    );
  }
  if (answer !== undefined) await keep(join(directory, file), answer.stdout + answer.stderr);
}

/** Writes a file without what looks like a secret. */
export async function keep(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, withoutSecrets(text));
}

/** Larger logs are cut to their ends, where the trouble is. */
const MOST_BYTES = 64_000_000;

/** The logs below a directory, as text; what is packed cannot be looked through and stays where it is. */
export async function copyLogs(from: string, to: string, say: (line: string) => void): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      const content = await tailOf(path);
      if (content.includes(0) || /\.(gz|xz|zst|bz2)$/.test(path)) say(`${path} is packed and left out`);
      else await keep(join(to, relative(from, path)), content.toString("utf8"));
    } catch (error) {
      // Logs are rotated while they are read.
      say(`Error copying log files: ${error instanceof Error ? error.message : error}`);
    }
  }
}

async function tailOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const content = Buffer.alloc(Math.min(size, MOST_BYTES));
    const { bytesRead } = await file.read(content, 0, content.length, size - content.length);
    return content.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Packs `parent/name` as a tar.gz of this user's alone. Throws Error. */
export async function pack(parent: string, name: string, archive: string): Promise<void> {
  await writeFile(archive, "", { mode: 0o600, flag: "wx" });
  const { code, stderr } = await runTool("tar", ["-czf", archive, "-C", parent, name], { timeout: 600_000 });
  if (code !== 0) throw new Error(`tar: ${stderr.trim()}`);
}
