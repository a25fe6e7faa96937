import { takeDown } from "../../../runtime/lab/down.ts";
import { inLab } from "./this-lab.ts";

/** Returns the exit code. A lab that is not there is no error: nothing is left of it. */
export async function runLabDown({ name }: { readonly name: string }): Promise<number> {
  return inLab(name, async (directory) => {
    const lock = await directory.lock();
    try {
      await takeDown(directory);
    } finally {
      await lock.release();
    }
    process.stdout.write(`lab ${name} is gone\n`);
    return 0;
  });
}
