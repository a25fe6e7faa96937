import { readFile } from "node:fs/promises";
import { UserError } from "./errors.ts";

/** The text of a file that a person has named. Throws UserError. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
