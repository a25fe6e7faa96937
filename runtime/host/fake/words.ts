import type { ToolResult } from "../run.ts";

/** Splits as the tools do: double quotes group, a backslash takes the next character as it is. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "",
  );
}

export function joinWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./!~-]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, "\\$&")}"`))
    .join(" ");
}

/** Lines with content, with their 1-based numbers. */
export function contentLines(text: string): readonly (readonly [string, number])[] {
  return text
    .split("\n")
    .map((line, index) => [line.trim(), index + 1] as const)
    .filter(([line]) => line !== "" && !line.startsWith("#"));
}

export function done(stdout = ""): ToolResult {
  return { code: 0, stdout, stderr: "" };
}

export function refused(stderr: string, code = 1): ToolResult {
  return { code, stdout: "", stderr: `${stderr}\n` };
}

/** What keeps a fake tool from doing a line; becomes its standard error. */
export class Refusal extends Error {}
