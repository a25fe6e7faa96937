/** `text` with the comment on a line above it. */
export function headed(text: string, comment: string | undefined): string {
  const printed = printComment(comment);
  return printed === "" ? text : `${printed}\n${text}`;
}

/** `line` with the comment at its end. */
export function noted(line: string, comment: string | undefined): string {
  const printed = printComment(comment);
  return printed === "" ? line : `${line} ${printed}`;
}

/** "" = there is nothing to say. No name can end the line, and with it the comment. */
export function printComment(comment: string | undefined): string {
  const printable = comment?.replaceAll(/[^\x20-\x7e]/gu, "_").trim();
  return printable === undefined || printable === "" ? "" : `# ${printable}`;
}
