import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** `undefined` = there is no such file. */
export async function readFileIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw cause;
  }
}

/** The steps that make a rename survive a power cut: sync the content, rename, sync the directory. */
export async function writeFileDurably(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}.tmp`;
  try {
    // Not "w": what stands under this name, a link even, is not written through.
    await rm(beside, { force: true });
    const file = await open(beside, "wx", mode);
    try {
      await file.chmod(mode);
      await giveGroupOf(dirname(path), file);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw cause;
  }
  await syncDirectory(dirname(path));
}

/**
 * What root writes belongs to the directory's group: a BIRD that runs as a user of its own reads its file by the group
 * that its package gave to the directory.
 */
async function giveGroupOf(directory: string, file: FileHandle): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { gid } = await stat(directory);
  const made = await file.stat();
  if (made.gid !== gid) await file.chown(made.uid, gid);
}

export async function removeFileDurably(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await syncDirectory(dirname(path));
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR");
}
