import { type Cidr, hostCidr, type Ip, type IpVersion } from "./cidr.ts";
import { ip6FromWords } from "./ip.ts";

export interface TrieEntry<V> {
  readonly cidr: Cidr;
  readonly value: V;
}

/** Values by network, of both families: exact and longest-prefix look-ups, and walks over nested networks. */
export class CidrTrie<V> {
  readonly #v4 = new FamilyTrie<V>(4);
  readonly #v6 = new FamilyTrie<V>(6);

  get size(): number {
    return this.#v4.size + this.#v6.size;
  }

  /** Sets the value of a network, replacing an earlier one. */
  insert(cidr: Cidr, value: V): void {
    this.#family(cidr).insert(cidr, value);
  }

  /** Whether there was a value to delete. */
  delete(cidr: Cidr): boolean {
    return this.#family(cidr).delete(cidr);
  }

  get(cidr: Cidr): V | undefined {
    return this.#family(cidr).get(cidr);
  }

  /** The narrowest network that holds the address. */
  longestMatch(ip: Ip): TrieEntry<V> | undefined {
    return this.#family(ip).longestMatch(hostCidr(ip));
  }

  /** The networks that contain `cidr`, itself included, from the widest to the narrowest. */
  path(cidr: Cidr): readonly TrieEntry<V>[] {
    return this.#family(cidr).path(cidr);
  }

  /** The networks inside `cidr`, itself included, in the order of `compareCidr`. */
  within(cidr: Cidr): readonly TrieEntry<V>[] {
    return this.#family(cidr).within(cidr);
  }

  /** All of them, in the order of `compareCidr`. */
  entries(): readonly TrieEntry<V>[] {
    return [
      ...this.#v4.within({ version: 4, value: 0, length: 0 }),
      ...this.#v6.within({ version: 6, value: 0n, length: 0 }),
    ];
  }

  #family(ip: Ip): FamilyTrie<V> {
    return ip.version === 4 ? this.#v4 : this.#v6;
  }
}

const NONE = -1;
const INITIAL_CAPACITY = 16;

/**
 * A path-compressed binary trie in flat arrays. A node stands for a prefix; it carries a value, or joins two
 * subtrees, or both, so that there are fewer than twice as many nodes as values. Addresses are words of 32 bits
 * here, in both families, to keep bigints out of the descent.
 */
class FamilyTrie<V> {
  readonly #version: IpVersion;
  readonly #words: 1 | 4;
  /** Per node: its address, `#words` words from `node * #words` on. */
  #keys: Uint32Array;
  #lengths: Uint8Array;
  /** Per node: the subtrees whose next bit is 0 and 1, at `node * 2` and `node * 2 + 1`. */
  #children: Int32Array;
  readonly #values: (V | undefined)[] = [];
  readonly #hasValue: boolean[] = [];
  readonly #free: number[] = [];
  #used = 0;
  #root = NONE;
  size = 0;
  /** The address of the operation at hand. */
  readonly #key: Uint32Array;

  constructor(version: IpVersion) {
    this.#version = version;
    this.#words = version === 4 ? 1 : 4;
    this.#key = new Uint32Array(this.#words);
    this.#keys = new Uint32Array(INITIAL_CAPACITY * this.#words);
    this.#lengths = new Uint8Array(INITIAL_CAPACITY);
    this.#children = new Int32Array(INITIAL_CAPACITY * 2);
  }

  insert(cidr: Cidr, value: V): void {
    this.#load(cidr);
    let slot = NONE;
    let node = this.#root;
    while (node !== NONE) {
      const length = this.#lengths[node]!;
      const common = this.#commonLength(node, Math.min(length, cidr.length));
      if (common < length) break;
      if (common === cidr.length) {
        this.#setValue(node, value);
        return;
      }
      slot = node * 2 + this.#bitOfKey(common);
      node = this.#children[slot]!;
    }
    const added = this.#newNode(cidr.length);
    this.#setValue(added, value);
    if (node === NONE) this.#link(slot, added);
    else this.#insertAbove(node, slot, added, cidr.length);
  }

  /** Puts `added` where `node` hangs: as its parent, or beside it under a new node that joins the two. */
  #insertAbove(node: number, slot: number, added: number, length: number): void {
    const common = this.#commonLength(node, Math.min(this.#lengths[node]!, length));
    if (common === length) {
      this.#children[added * 2 + this.#bitOfNode(node, common)] = node;
      this.#link(slot, added);
      return;
    }
    const joint = this.#newNode(common);
    this.#children[joint * 2 + this.#bitOfKey(common)] = added;
    this.#children[joint * 2 + this.#bitOfNode(node, common)] = node;
    this.#link(slot, joint);
  }

  delete(cidr: Cidr): boolean {
    this.#load(cidr);
    let parentSlot = NONE;
    let slot = NONE;
    let node = this.#root;
    while (node !== NONE && this.#isPrefix(node, cidr.length) && this.#lengths[node]! < cidr.length) {
      parentSlot = slot;
      slot = node * 2 + this.#bitOfKey(this.#lengths[node]!);
      node = this.#children[slot]!;
    }
    if (node === NONE || !this.#isPrefix(node, cidr.length) || !this.#hasValue[node]) return false;
    this.#values[node] = undefined;
    this.#hasValue[node] = false;
    this.size--;
    if (this.#removeIfIdle(node, slot) && slot !== NONE) this.#removeIfIdle(slot >> 1, parentSlot);
    return true;
  }

  /** Takes out a node that has no value and joins nothing; its only child, if any, takes its place. */
  #removeIfIdle(node: number, slot: number): boolean {
    const low = this.#children[node * 2]!;
    const high = this.#children[node * 2 + 1]!;
    if (this.#hasValue[node] || (low !== NONE && high !== NONE)) return false;
    this.#link(slot, low === NONE ? high : low);
    this.#free.push(node);
    return true;
  }

  get(cidr: Cidr): V | undefined {
    this.#load(cidr);
    let node = this.#root;
    while (node !== NONE && this.#isPrefix(node, cidr.length)) {
      const length = this.#lengths[node]!;
      if (length === cidr.length) return this.#values[node];
      node = this.#children[node * 2 + this.#bitOfKey(length)]!;
    }
    return undefined;
  }

  longestMatch(cidr: Cidr): TrieEntry<V> | undefined {
    this.#load(cidr);
    let best = NONE;
    let node = this.#root;
    while (node !== NONE && this.#isPrefix(node, cidr.length)) {
      if (this.#hasValue[node]) best = node;
      const length = this.#lengths[node]!;
      if (length === cidr.length) break;
      node = this.#children[node * 2 + this.#bitOfKey(length)]!;
    }
    return best === NONE ? undefined : this.#entry(best);
  }

  path(cidr: Cidr): readonly TrieEntry<V>[] {
    this.#load(cidr);
    const found: TrieEntry<V>[] = [];
    let node = this.#root;
    while (node !== NONE && this.#isPrefix(node, cidr.length)) {
      if (this.#hasValue[node]) found.push(this.#entry(node));
      const length = this.#lengths[node]!;
      if (length === cidr.length) break;
      node = this.#children[node * 2 + this.#bitOfKey(length)]!;
    }
    return found;
  }

  within(cidr: Cidr): readonly TrieEntry<V>[] {
    this.#load(cidr);
    let node = this.#root;
    while (node !== NONE && this.#lengths[node]! < cidr.length && this.#isPrefix(node, cidr.length))
      node = this.#children[node * 2 + this.#bitOfKey(this.#lengths[node]!)]!;
    const found: TrieEntry<V>[] = [];
    if (node === NONE || this.#lengths[node]! < cidr.length) return found;
    if (this.#commonLength(node, cidr.length) < cidr.length) return found;
    const pending = [node];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.#hasValue[next]) found.push(this.#entry(next));
      // The lower subtree is taken first.
      for (const child of [this.#children[next * 2 + 1]!, this.#children[next * 2]!])
        if (child !== NONE) pending.push(child);
    }
    return found;
  }

  #entry(node: number): TrieEntry<V> {
    const length = this.#lengths[node]!;
    const at = node * this.#words;
    const keys = this.#keys;
    const cidr: Cidr =
      this.#version === 4
        ? { version: 4, value: keys[at]!, length }
        : { version: 6, value: ip6FromWords(keys[at]!, keys[at + 1]!, keys[at + 2]!, keys[at + 3]!), length };
    return { cidr, value: this.#values[node] as V };
  }

  #load(ip: Ip): void {
    if (ip.version === 4) this.#key[0] = ip.value;
    else for (let i = 0; i < 4; i++) this.#key[i] = Number((ip.value >> BigInt(96 - 32 * i)) & 0xffffffffn);
  }

  /** Whether the node's prefix is one of the key's first `keyLength` bits. */
  #isPrefix(node: number, keyLength: number): boolean {
    const length = this.#lengths[node]!;
    return length <= keyLength && this.#commonLength(node, length) === length;
  }

  /** How many of the first `limit` bits the node's address shares with the key. */
  #commonLength(node: number, limit: number): number {
    for (let i = 0; i * 32 < limit; i++) {
      const difference = (this.#keys[node * this.#words + i]! ^ this.#key[i]!) >>> 0;
      if (difference !== 0) return Math.min(limit, i * 32 + Math.clz32(difference));
    }
    return limit;
  }

  #bitOfKey(index: number): 0 | 1 {
    return bitOf(this.#key[index >> 5]!, index);
  }

  #bitOfNode(node: number, index: number): 0 | 1 {
    return bitOf(this.#keys[node * this.#words + (index >> 5)]!, index);
  }

  /** `slot` indexes `#children`; `NONE` is the root. */
  #link(slot: number, node: number): void {
    if (slot === NONE) this.#root = node;
    else this.#children[slot] = node;
  }

  #setValue(node: number, value: V): void {
    if (!this.#hasValue[node]) this.size++;
    // A node that so far joined two subtrees has the address of one of them.
    this.#keys.set(this.#key, node * this.#words);
    this.#values[node] = value;
    this.#hasValue[node] = true;
  }

  /** A node without value and children, for the first `length` bits of the key. */
  #newNode(length: number): number {
    const node = this.#free.pop() ?? this.#used++;
    if (node === this.#lengths.length) this.#grow();
    this.#keys.set(this.#key, node * this.#words);
    this.#lengths[node] = length;
    this.#children[node * 2] = NONE;
    this.#children[node * 2 + 1] = NONE;
    this.#values[node] = undefined;
    this.#hasValue[node] = false;
    return node;
  }

  #grow(): void {
    this.#keys = doubled(this.#keys, new Uint32Array(this.#keys.length * 2));
    this.#lengths = doubled(this.#lengths, new Uint8Array(this.#lengths.length * 2));
    this.#children = doubled(this.#children, new Int32Array(this.#children.length * 2));
  }
}

function doubled<A extends Uint32Array | Uint8Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

function bitOf(word: number, index: number): 0 | 1 {
  return ((word >>> (31 - (index & 31))) & 1) === 0 ? 0 : 1;
}
