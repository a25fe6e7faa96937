const PLAIN = /^\d{1,10}$/;
const DOTTED = /^(\d{1,5})\.(\d{1,5})$/;

/**
 * An AS number in any of Calico's encodings: an integer, its decimal text, or `high.low` with 16 bits each
 * (`1.10` is 65546). `undefined` for anything that does not fit into 32 bits.
 */
export function parseAsNumber(value: number | string): number | undefined {
  if (typeof value === "number") return fits(value, 0xffffffff) ? value : undefined;
  if (PLAIN.test(value)) return fits(Number(value), 0xffffffff) ? Number(value) : undefined;
  const [, high, low] = (DOTTED.exec(value) ?? []).map(Number);
  if (high === undefined || low === undefined) return undefined;
  return fits(high, 0xffff) && fits(low, 0xffff) ? high * 0x10000 + low : undefined;
}

function fits(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
