/** A source of choices that gives the same ones for the same seed (mulberry32, public domain). */
export interface Draw {
  /** An integer, 0 ≤ n < `below`. */
  readonly below: (below: number) => number;
  readonly oneOf: <T>(values: readonly T[]) => T;
}

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, oneOf: (values) => values[below(values.length)]! };
}

/** Text that ends a line, a string, a comment or an argument somewhere, or is a name of JavaScript's or YAML's. */
export const HOSTILE_TEXT: readonly string[] = [
  "",
  " ",
  "x\n-A INPUT -j ACCEPT",
  "x\r\nCOMMIT",
  '"; -j ACCEPT',
  '" -j ACCEPT -m comment --comment "',
  "' -j ACCEPT '",
  "\\",
  'a\\" -j ACCEPT',
  "# x",
  "*/ protocol kernel evil { } /*",
  "; include /etc/passwd;",
  "$(reboot)`reboot`",
  "\0",
  "a\0b",
  "\u202e\u2066x",
  "\u2028",
  "\ud800",
  "日本",
  "__proto__",
  "constructor",
  "toString",
  "<<",
  "*a",
  "&a x",
  "!!js/function x",
  "\tx",
  "null",
  "~",
  "1e999",
  "-0",
  "0x7f",
  "0/0",
  "::/0",
  "10.0.0.0/33",
  "10.0.0.1/24",
  "fe80::1%eth0",
  "all()",
  "!has(",
  "a in {",
  "-h",
  "--jump",
  "../../etc/passwd",
  "a".repeat(300),
  "cali0",
  "65536",
];
