import { ApplyError } from "../../../runtime/apply/errors.ts";
import { BirdError } from "../../../runtime/bird/socket.ts";
import { LabDirectory, type LabRecord, labs } from "../../../runtime/lab/directory.ts";
import { LabError } from "../../../runtime/lab/errors.ts";
import { UserError } from "../../output/errors.ts";

/** Runs what works with a lab, as root; what goes wrong there is told in words. */
export async function inLab<T>(name: string, body: (directory: LabDirectory) => Promise<T>): Promise<T> {
  if (process.platform !== "linux") throw new UserError("a lab needs Linux");
  if (process.getuid?.() !== 0)
    throw new UserError("a lab needs root: it makes network namespaces, and programs them like hosts");
  try {
    return await body(new LabDirectory(name));
  } catch (cause) {
    if (cause instanceof LabError || cause instanceof BirdError || cause instanceof ApplyError)
      throw new UserError(cause.message);
    throw cause;
  }
}

/** Throws `LabError` where there is no such lab, or `up` has not finished it. */
export async function recordOf(directory: LabDirectory): Promise<LabRecord> {
  const record = await directory.read();
  if (record === undefined) {
    const known = (await labs()).filter((name) => name !== directory.lab);
    const others = known.length === 0 ? "" : ` (there is: ${known.join(", ")})`;
    throw new LabError(
      `there is no lab ${directory.lab}${others}; 'calicoctl lab up -f RESOURCES' builds one`,
    );
  }
  return record;
}

export function unfinished(lab: string): string {
  return `lab ${lab} is not whole: 'calicoctl lab up' did not come to its end; run it again`;
}

/** Progress goes to standard error, so that results can be piped. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
