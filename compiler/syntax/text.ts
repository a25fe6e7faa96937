/** Positions in a text: offsets count UTF-16 units, lines and columns are 1-based. A byte order mark has no column. */
export interface LineIndex {
  readonly text: string;
  /** Offset of the first unit of each line. */
  readonly starts: readonly number[];
}

export const BYTE_ORDER_MARK = "\uFEFF";

/** Line breaks are LF, CRLF and a lone CR, as in YAML. */
export function indexLines(text: string): LineIndex {
  const starts = [text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x0a || (unit === 0x0d && text.charCodeAt(i + 1) !== 0x0a)) starts.push(i + 1);
  }
  return { text, starts };
}

export function positionOf(
  { text, starts }: LineIndex,
  offset: number,
): { readonly line: number; readonly column: number } {
  const inside = Math.max(starts[0] ?? 0, Math.min(offset, text.length));
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= inside) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: inside - (starts[low] ?? 0) + 1 };
}

/** One line without its break; `undefined` when the text has no such line. */
export function lineAt({ text, starts }: LineIndex, line: number): string | undefined {
  const start = starts[line - 1];
  return start === undefined
    ? undefined
    : text.slice(start, starts[line] ?? text.length).replace(/[\r\n]+$/, "");
}
