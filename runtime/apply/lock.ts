import type { Host } from "../host/host.ts";
import { ApplyError, reasonOf } from "./errors.ts";

/** `lock`: for whoever writes to the host; `records.lock`, taken before it: for whoever works with the records. */
export type LockName = "lock" | "records.lock";

/** One holder per host. Throws `ApplyError` where there is one already. */
export async function underLock<T>(host: Host, name: LockName, body: () => Promise<T>): Promise<T> {
  const path = `${host.stateDirectory}/${name}`;
  let lock: Awaited<ReturnType<Host["lock"]>>;
  try {
    lock = await host.lock(path);
  } catch (cause) {
    throw new ApplyError(`The lock of this host cannot be taken: ${reasonOf(cause)}`, "untouched", cause);
  }
  if (lock === undefined)
    throw new ApplyError(
      `Another process is changing this host (it holds ${path}); nothing was changed.`,
      "untouched",
    );
  try {
    return await body();
  } finally {
    await lock.release();
  }
}
