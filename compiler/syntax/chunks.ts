import { BYTE_ORDER_MARK } from "./text.ts";

/** A part of a file that can be read alone. `offset` is where its text starts in the file. */
export interface Chunk {
  readonly offset: number;
  readonly text: string;
}

/**
 * Splits a file before each `---` line. A line that starts with `---` ends any document, even inside a block scalar
 * (YAML 1.2 §9.1.2), so the cut is exact; a mistake in one document then cannot hide the others, and memory is
 * bounded by the largest document. Files with directives or `...` lines, whose extent is harder to say, stay whole.
 */
export function splitChunks(file: string): readonly Chunk[] {
  const start = file.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  if (/^(%|\.\.\.(\s|$))/m.test(file.slice(start, start + 1)) || /[\r\n](%|\.\.\.(?=\s|$))/.test(file)) {
    return [{ offset: start, text: file.slice(start) }];
  }
  const cuts = [start];
  for (const match of file.matchAll(/(?<=[\r\n])---(?=\s|$)/g)) cuts.push(match.index);
  return cuts.map((offset, i) => ({ offset, text: file.slice(offset, cuts[i + 1] ?? file.length) }));
}

/** Where document `index` of a file is: its chunk, and its place among that chunk's documents. */
export function chunkOf(
  chunks: readonly Chunk[],
  index: number,
): { readonly chunk: Chunk; readonly nth: number } | undefined {
  const only = chunks.length === 1;
  const chunk = chunks[only ? 0 : index];
  return chunk && { chunk, nth: only ? index : 0 };
}
