import { access, constants, stat } from "node:fs/promises";
import { join } from "node:path";
import { flock } from "../../host/lock.ts";
import { DatastoreError } from "../errors.ts";

/** Hidden, and no name of a resource file. */
const LOCK_FILE = ".calico.lock";
const PATIENCE = 30_000;
/** Others get their turn after this many tasks. */
const MOST_TASKS = 20;

/** Runs tasks one at a time, under a lock of the directory that every process respects. */
export class DirectoryLock {
  readonly #directory: string;
  #waiting: (() => Promise<void>)[] = [];
  #refuse: ((error: unknown) => void)[] = [];
  #running = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => task().then(resolve, reject));
      this.#refuse.push(reject);
      if (!this.#running) void this.#drain();
    });
  }

  /** Taking the lock starts a process: tasks that wait together share one. */
  async #drain(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      try {
        const lock = await this.#acquire();
        try {
          for (let i = 0; i < MOST_TASKS && this.#waiting.length > 0; i++) {
            this.#refuse.shift();
            await this.#waiting.shift()!();
          }
        } finally {
          await lock.release();
        }
      } catch (error) {
        this.#waiting = [];
        for (const refuse of this.#refuse.splice(0)) refuse(error);
      }
    }
    this.#running = false;
  }

  async #acquire(): Promise<{ release(): Promise<void> }> {
    // Not left to the lock: it would make the directory.
    await stat(this.#directory);
    await access(this.#directory, constants.W_OK);
    const deadline = Date.now() + PATIENCE;
    while (Date.now() < deadline) {
      const lock = await flock(join(this.#directory, LOCK_FILE)).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new DatastoreError({ kind: "unreachable", reason }, { cause });
      });
      if (lock !== undefined) return lock;
    }
    throw new DatastoreError({
      kind: "unreachable",
      reason: `${this.#directory} is locked by another process`,
    });
  }
}
