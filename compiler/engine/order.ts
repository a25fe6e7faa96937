/** Orders by UTF-16 units, which for the ASCII names of resources is bytewise. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Unlike a difference, holds for two infinities too: orders that are unset. */
export function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
