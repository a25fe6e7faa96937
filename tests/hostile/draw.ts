import { Draw as Seeded } from "../draw.ts";

/** A source of choices that gives the same ones for the same seed. */
export interface Draw {
  /** An integer, 0 ≤ n < `below`. */
  readonly below: (below: number) => number;
  readonly oneOf: <T>(values: readonly T[]) => T;
}

export function drawFrom(seed: number): Draw {
  const draw = new Seeded(seed);
  return { below: (limit) => draw.integer(0, limit - 1), oneOf: (values) => draw.one(values) };
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
  "0.0.0.0",
  "::",
  "::ffff:10.0.0.1",
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
