/** For the end of a command's help: each line that may be typed, and what for. */
export function examples(lines: Readonly<Record<string, string>>): string {
  const shown = Object.entries(lines).map(([typed, what]) => `  # ${what}\n  ${typed}`);
  return `\nExamples:\n${shown.join("\n")}\n`;
}
