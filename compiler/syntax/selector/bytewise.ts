/**
 * Orders texts as Go does: by their UTF-8 bytes. That is not JavaScript's order, by UTF-16 units, in which the
 * surrogates of characters beyond U+FFFF come before U+E000–U+FFFF.
 */
export function compareBytewise(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byteRank(x) - byteRank(y);
  }
  return a.length - b.length;
}

/** Moves the surrogates behind all other units. */
function byteRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
