import type { PortRange } from "./cidr.ts";

const MAX_PORT = 65535;
const RANGE = /^(\d+)(?::(\d+))?$/;

/** `80`, `"80"` or `"1:5"`; `undefined` for a name, a reversed range, or a number beyond 0–65535. */
export function parsePortRange(port: string | number): PortRange | undefined {
  if (typeof port === "number") return portRange(port, port);
  const found = RANGE.exec(port);
  return found === null ? undefined : portRange(Number(found[1]), Number(found[2] ?? found[1]));
}

function portRange(first: number, last: number): PortRange | undefined {
  const fits = Number.isInteger(first) && Number.isInteger(last) && first >= 0 && last <= MAX_PORT;
  return fits && first <= last ? { first, last } : undefined;
}

/** `80`, or `1:5`: the spelling of Calico and of iptables alike. */
export function formatPortRange({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}:${last}`;
}

/** The same ports in the fewest ranges, ascending. */
export function mergePortRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous === undefined || range.first > previous.last + 1) merged.push(range);
    else if (range.last > previous.last)
      merged[merged.length - 1] = { first: previous.first, last: range.last };
  }
  return merged;
}
