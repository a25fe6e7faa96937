/** A table as go-pretty draws it by default: one blank beside each cell, columns of `right` to the right below the head. */
export function boxTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const line = (cells: readonly string[]): string => `|${cells.map((cell) => ` ${cell} `).join("|")}|`;
  const body = rows.map((row) =>
    line(row.map((cell, i) => (right.has(head[i]!) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))),
  );
  const lines = [rule, line(head.map((title, i) => title.padEnd(widths[i]!))), rule, ...body];
  return `${[...lines, ...(rows.length === 0 ? [] : [rule])].join("\n")}\n`;
}
