/**
 * Go's tabwriter as Calico sets it up (minimal width 5, padding 3, cells ended by a tab): every column, the last too,
 * is three blanks wider than its widest cell. Lines end in blanks.
 */
export function tabulated(lines: readonly (readonly string[])[], widths = widthsOf(lines)): string {
  return lines
    .map(
      (cells) =>
        `${cells.map((cell, i) => cell + " ".repeat(Math.max(0, widths[i]! - length(cell)))).join("")}\n`,
    )
    .join("");
}

const NARROWEST = 5;
const PADDING = 3;

export function widthsOf(lines: readonly (readonly string[])[]): readonly number[] {
  const [head = []] = lines;
  return head.map((_, i) => Math.max(NARROWEST, ...lines.map((cells) => length(cells[i] ?? "") + PADDING)));
}

function length(text: string): number {
  return [...text].length;
}
