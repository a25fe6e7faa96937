/** Sheet §2.3: a number 0–63, or DF, EF, AFxy, CSn in any case; `undefined` for anything else. */
export function parseDscp(text: string): number | undefined {
  const value = text.trim().toUpperCase();
  if (/^\d{1,2}$/.test(value)) return Number(value) <= 63 ? Number(value) : undefined;
  if (value === "DF") return 0;
  if (value === "EF") return 46;
  const assured = /^AF([1-4])([1-3])$/.exec(value);
  if (assured !== null) return 8 * Number(assured[1]) + 2 * Number(assured[2]);
  const selector = /^CS([0-6])$/.exec(value);
  return selector === null ? undefined : 8 * Number(selector[1]);
}
