import { execa } from "execa";

/**
 * Lets a person edit a file, in the terminal of this process; resolves when the editor has ended. `command`: as in
 * `EDITOR`, a program and its arguments, separated by blanks. Throws an Error that says why it did not end well.
 */
export async function runEditor(command: string, file: string): Promise<void> {
  const [program = "", ...args] = command.split(" ").filter((word) => word !== "");
  const { failed, code, shortMessage } = await execa(program, [...args, file], {
    stdio: "inherit",
    reject: false,
  });
  if (code === "ENOENT") throw new Error(`there is no editor ${program}: set EDITOR to one`);
  if (failed) throw new Error(shortMessage);
}
