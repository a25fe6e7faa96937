import type { Cidr, Ip, IpVersion } from "../net/cidr.ts";
import { compareIp } from "../net/ip.ts";

export type SetMember =
  | { readonly kind: "net"; readonly cidr: Cidr }
  | { readonly kind: "ip-port"; readonly ip: Ip; readonly protocol: number; readonly port: number };

/** What one IP version of a set holds: all of its members are alike. */
export interface MemberShape {
  readonly version: IpVersion;
  readonly kind: SetMember["kind"];
}

export function memberVersion(member: SetMember): IpVersion {
  return addressOf(member).version;
}

/** By address, then prefix length, or protocol and port; of members of one IP version. */
export function compareMembers(a: SetMember, b: SetMember): number {
  return compareIp(addressOf(a), addressOf(b)) || lastWordOf(a) - lastWordOf(b);
}

/**
 * Members of one shape, sorted by `compareMembers`. A set may have a million, hence rows of 32-bit words instead of
 * objects: the address in one word or in four, then a prefix length, or protocol and port in one. Never changed.
 */
export class MemberList implements Iterable<SetMember> {
  readonly shape: MemberShape;
  /** Words of a member. */
  readonly stride: number;
  readonly words: Uint32Array<ArrayBuffer>;

  /** `words` must be in order. */
  constructor(shape: MemberShape, words: Uint32Array<ArrayBuffer> = new Uint32Array()) {
    this.shape = shape;
    this.stride = strideOf(shape);
    this.words = words;
  }

  /** In any order; each member is taken once. */
  static of(shape: MemberShape, members: Iterable<SetMember>): MemberList {
    const sorted = [...members].sort(compareMembers);
    const rows = new MemberRows(shape, sorted.length);
    for (const member of sorted) rows.add(member);
    return rows.list().withoutRepetitions();
  }

  get length(): number {
    return this.words.length / this.stride;
  }

  /** `index` must be below `length`. */
  at(index: number): SetMember {
    const { shape, stride, words } = this;
    const start = index * stride;
    const ip: Ip =
      shape.version === 4
        ? { version: 4, value: words[start] as number }
        : { version: 6, value: bigValue(words, start) };
    const last = words[start + stride - 1] as number;
    return shape.kind === "net"
      ? { kind: "net", cidr: { ...ip, length: last } }
      : { kind: "ip-port", ip, protocol: last >>> PORT_BITS, port: last & MAX_PORT };
  }

  *[Symbol.iterator](): Generator<SetMember, void> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  map<T>(make: (member: SetMember) => T): T[] {
    const made = new Array<T>(this.length);
    for (let i = 0; i < made.length; i++) made[i] = make(this.at(i));
    return made;
  }

  equals(other: MemberList): boolean {
    if (this === other) return true;
    const { words } = this;
    if (words.length !== other.words.length || !sameShape(this.shape, other.shape)) return false;
    for (let i = 0; i < words.length; i++) if (words[i] !== other.words[i]) return false;
    return true;
  }

  /** What the other list, which is of the same shape, does not have. */
  without(other: MemberList): readonly SetMember[] {
    const found: SetMember[] = [];
    let place = 0;
    for (let i = 0; i < this.length; i++) {
      while (place < other.length && other.#compareRow(place, this.words, i) < 0) place++;
      if (place === other.length || other.#compareRow(place, this.words, i) !== 0) found.push(this.at(i));
    }
    return found;
  }

  /** The list itself where it has none. */
  withoutRepetitions(): MemberList {
    let repeated = 0;
    for (let i = 1; i < this.length; i++) if (this.#isRepetition(i)) repeated++;
    if (repeated === 0) return this;
    const rows = new MemberRows(this.shape, this.length - repeated);
    for (let i = 0; i < this.length; i++) if (!this.#isRepetition(i)) rows.copy(this, i, i + 1);
    return rows.list();
  }

  /** Index of the first entry at `from` or behind it that is not below the member. */
  placeOf(member: SetMember, from = 0): number {
    const row = rowOf(this.shape, member);
    let low = from;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compareRow(middle, row, 0) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How often the member stands at the index and right behind it. */
  countAt(index: number, member: SetMember): number {
    const row = rowOf(this.shape, member);
    let count = 0;
    while (index + count < this.length && this.#compareRow(index + count, row, 0) === 0) count++;
    return count;
  }

  #isRepetition(index: number): boolean {
    return index > 0 && this.#compareRow(index - 1, this.words, index) === 0;
  }

  #compareRow(index: number, others: Uint32Array, other: number): number {
    const { stride, words } = this;
    const a = index * stride;
    const b = other * stride;
    for (let i = 0; i < stride; i++) {
      const difference = (words[a + i] as number) - (others[b + i] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

/** Makes a list from front to back; whoever adds keeps the order. */
export class MemberRows {
  readonly #shape: MemberShape;
  readonly #stride: number;
  readonly #words: Uint32Array<ArrayBuffer>;
  #end = 0;

  /** @param length of the finished list */
  constructor(shape: MemberShape, length: number) {
    this.#shape = shape;
    this.#stride = strideOf(shape);
    this.#words = new Uint32Array(length * this.#stride);
  }

  add(member: SetMember): void {
    writeRow(this.#words, this.#end, member);
    this.#end += this.#stride;
  }

  /** The entries of the list from `start` to before `end`. */
  copy(list: MemberList, start: number, end: number): void {
    this.#words.set(list.words.subarray(start * this.#stride, end * this.#stride), this.#end);
    this.#end += (end - start) * this.#stride;
  }

  list(): MemberList {
    return new MemberList(this.#shape, this.#words);
  }
}

const PORT_BITS = 16;
const MAX_PORT = 0xffff;

function strideOf({ version }: MemberShape): number {
  return version === 4 ? 2 : 5;
}

function sameShape(a: MemberShape, b: MemberShape): boolean {
  return a.version === b.version && a.kind === b.kind;
}

function addressOf(member: SetMember): Ip {
  return member.kind === "net" ? member.cidr : member.ip;
}

function lastWordOf(member: SetMember): number {
  return member.kind === "net" ? member.cidr.length : member.protocol * (MAX_PORT + 1) + member.port;
}

function rowOf(shape: MemberShape, member: SetMember): Uint32Array {
  const row = new Uint32Array(strideOf(shape));
  writeRow(row, 0, member);
  return row;
}

function writeRow(words: Uint32Array, start: number, member: SetMember): void {
  const ip = addressOf(member);
  let at = start;
  if (ip.version === 4) words[at++] = ip.value;
  else for (let bits = 96n; bits >= 0n; bits -= 32n) words[at++] = Number((ip.value >> bits) & WORD);
  words[at] = lastWordOf(member);
}

const WORD = 0xffff_ffffn;

function bigValue(words: Uint32Array, start: number): bigint {
  let value = 0n;
  for (let i = 0; i < 4; i++) value = (value << 32n) | BigInt(words[start + i] as number);
  return value;
}
