import type { Draw } from "./draw.ts";
import { HOSTILE_TEXT } from "./draw.ts";

/** Ways to damage a file's text. Invalid UTF-8 arrives as U+FFFD, as the files are decoded before. */
const DAMAGES: readonly ((text: string, draw: Draw) => string)[] = [
  (text, draw) => text.slice(0, draw.below(text.length + 1)),
  (text, draw) => {
    const bytes = Buffer.from(text);
    for (let i = 0; i < 3; i++) bytes[draw.below(bytes.length)]! ^= 1 << draw.below(8);
    return bytes.toString("utf8");
  },
  (text) => `\uFEFF${text}`,
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => text.replaceAll("\n", "\r"),
  (text, draw) => insert(text, draw, draw.oneOf(HOSTILE_TEXT)),
  (text, draw) =>
    insert(
      text,
      draw,
      draw.oneOf(["&a ", "*a", "<<: *a\n", "? ", "!!binary ", "%YAML 9.9\n", "|+\n", "{", "]"]),
    ),
  (text, draw) => insert(text, draw, "[".repeat(1 + draw.below(5000))),
  (text, draw) => insert(text, draw, "\n---\n"),
  (text, draw) => {
    const lines = text.split("\n");
    const line = draw.below(lines.length);
    return lines.toSpliced(line, 0, lines[line]!).join("\n");
  },
  (text, draw) => {
    const lines = text.split("\n");
    return lines.toSpliced(draw.below(lines.length), 1).join("\n");
  },
  (text, draw) => text.replace(/^ {2}/gm, () => (draw.below(20) === 0 ? "\t" : "  ")),
];

export function damage(text: string, draw: Draw): string {
  let damaged = text;
  for (let i = 0; i <= draw.below(2); i++) damaged = draw.oneOf(DAMAGES)(damaged || "a: b", draw);
  return damaged;
}

function insert(text: string, draw: Draw, what: string): string {
  const at = draw.below(text.length + 1);
  return text.slice(0, at) + what + text.slice(at);
}
