import { formatCidr, parseCidr } from "../../../compiler/net/cidr.ts";
import type { Change } from "../mutant.ts";
import { netsNear, shifted } from "./numbers.ts";

/** Changes of what is in the sets: the lines of `ipset.restore`. */
export function* changedMembers(text: string): Generator<Change, void, undefined> {
  for (const [index, line] of text.split("\n").entries()) {
    const [command, set, member] = line.split(" ");
    if (command !== "add" || set === undefined || member === undefined) continue;
    const change = (what: string, lines: readonly string[]): Change => ({
      operator: "change members of a set",
      line: index + 1,
      change: what,
      edits: [{ from: index, count: 1, lines }],
    });
    yield change(`${line}, left out`, []);
    for (const other of membersNear(member)) yield change(`${line} → ${other}`, [`add ${set} ${other}`]);
    for (const other of membersBeside(member))
      yield change(`${line}, and ${other}`, [line, `add ${set} ${other}`]);
  }
}

/** `10.0.0.1,tcp:80`. */
const TRIPLE = /^([^,]+),([^:]+):(\d+)$/;

function membersNear(member: string): readonly string[] {
  const triple = TRIPLE.exec(member);
  if (triple === null) return netsNear(member);
  const [, address, protocol, port] = triple;
  return [
    `${addressAfter(address!)},${protocol}:${port}`,
    `${address},${protocol === "tcp" ? "udp" : "tcp"}:${port}`,
    `${address},${protocol}:${Number(port) === 65_535 ? 1 : Number(port) + 1}`,
  ];
}

function membersBeside(member: string): readonly string[] {
  const triple = TRIPLE.exec(member);
  if (triple === null) return [formatCidr(shifted(parseCidr(member)!, 1))];
  const [, address, protocol, port] = triple;
  return [`${addressAfter(address!)},${protocol}:${port}`];
}

/** Written as the address alone, as sets of addresses have it. */
function addressAfter(address: string): string {
  return formatCidr(shifted(parseCidr(address)!, 1)).replace(/\/(32|128)$/, "");
}
