import type { Host } from "../host/host.ts";
import { ApplyError, type Outcome, reasonOf } from "./errors.ts";

const MODE = 0o600;

/** One kind of file in the state directory: a JSON object with its format. */
export interface StateFile<T extends object> {
  /** In words, for the error: `journal`. */
  readonly name: string;
  readonly format: number;
  readonly isWhole: (value: object) => value is T;
  /** Of the error that it cannot be read; `untouched` unless given. */
  readonly outcome?: Outcome;
  /** What to do then. */
  readonly advice?: string;
}

export async function writeStateFile<T extends object>(
  host: Host,
  path: string,
  { format }: StateFile<T>,
  content: T,
): Promise<void> {
  await host.writeFile(path, `${JSON.stringify({ format, ...content })}\n`, MODE);
}

/** `undefined` = there is none. Throws `ApplyError` for one that is corrupt or of another version, and leaves it. */
export async function readStateFile<T extends object>(
  host: Host,
  path: string,
  { name, format, isWhole, outcome = "untouched", advice = "" }: StateFile<T>,
): Promise<T | undefined> {
  const fail = (reason: string) =>
    new ApplyError(`The ${name} ${path} cannot be read (${reason}); nothing was changed.${advice}`, outcome);
  let value: unknown;
  try {
    const text = await host.readFile(path);
    if (text === undefined) return undefined;
    value = JSON.parse(text);
  } catch (cause) {
    throw fail(reasonOf(cause));
  }
  if (typeof value !== "object" || value === null || !("format" in value)) throw fail(`it is no ${name}`);
  const { format: found, ...content } = value;
  if (found !== format) throw fail(`it has format ${JSON.stringify(found)}, this version writes ${format}`);
  if (!isWhole(content)) throw fail("parts of it are missing");
  return content;
}
