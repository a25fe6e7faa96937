/** As a comment line, or nothing. No name can end the line, and with it the comment. */
export function printComment(comment: string | undefined): readonly string[] {
  const printable = comment?.replaceAll(/[^\x20-\x7e]/gu, "_").trim();
  return printable === undefined || printable === "" ? [] : [`# ${printable}`];
}
