import { type Cidr, formatCidr, type IpVersion, parseCidr } from "../../net/cidr.ts";
import { formatIp, parseIp } from "../../net/ip.ts";
import { SCTP, TCP, UDP, UDPLITE } from "../condition.ts";
import type { SetContents } from "./program.ts";
import { linesOf, type TextFile, type Words } from "./words.ts";

export type Sets = ReadonlyMap<string, SetContents>;

const FAMILIES: Readonly<Record<string, IpVersion>> = { inet: 4, inet6: 6 };
/** By type, whether members have ports. */
const TYPES: Readonly<Record<string, boolean>> = {
  "hash:net": false,
  "hash:ip": false,
  "hash:ip,port": true,
};
const PROTOCOLS: Readonly<Record<string, number>> = { tcp: TCP, udp: UDP, sctp: SCTP, udplite: UDPLITE };

interface Draft extends SetContents {
  readonly version: IpVersion;
  readonly maxElements: number;
  readonly addressesOnly: boolean;
  readonly nets: Cidr[];
  readonly triples: SetContents["triples"][number][];
  /** Members as text, in one spelling each. */
  readonly members: Set<string>;
}

/** Reads the input of `ipset restore`, for each IP version. Throws `UnreadableText` for whatever it does not know. */
export function readSets(file: TextFile | undefined): Readonly<Record<IpVersion, Sets>> {
  const drafts = new Map<string, Draft>();
  for (const words of file === undefined ? [] : linesOf(file)) {
    const command = words.take("a command");
    const name = words.take("a set");
    if (command === "create") {
      if (drafts.has(name)) words.fail(`a second set ${name}`);
      drafts.set(name, readCreate(words));
    } else if (command === "add") {
      readMember(words, drafts.get(name) ?? words.fail(`the set ${name} is not created before`));
    } else words.fail(`unknown command ${command}`);
    words.expectEnd();
  }
  const ofVersion = (version: IpVersion) => new Map([...drafts].filter(([, set]) => set.version === version));
  return { 4: ofVersion(4), 6: ofVersion(6) };
}

function readCreate(words: Words): Draft {
  const type = words.take("a type");
  const withPorts = Object.hasOwn(TYPES, type) ? TYPES[type]! : words.fail(`unknown type ${type}`);
  words.expect("family");
  const family = words.take("a family");
  const version = Object.hasOwn(FAMILIES, family)
    ? FAMILIES[family]!
    : words.fail(`unknown family ${family}`);
  words.expect("maxelem");
  const maxElements = words.number(words.take("a number of elements"), 0xffffffff);
  const addressesOnly = type === "hash:ip";
  return {
    line: words.line,
    version,
    maxElements,
    addressesOnly,
    withPorts,
    nets: [],
    triples: [],
    members: new Set(),
  };
}

function readMember(words: Words, set: Draft): void {
  const text = words.take("a member");
  if (set.withPorts) {
    const found = /^([^,]+),([^,:]+):(\d+)$/.exec(text) ?? words.fail(`not an address with a port: ${text}`);
    const [, address, name, port] = found;
    const ip = parseIp(address!);
    if (ip?.version !== set.version) words.fail(`not an address of IPv${set.version}: ${address}`);
    const protocol = Object.hasOwn(PROTOCOLS, name!)
      ? PROTOCOLS[name!]!
      : words.fail(`unknown protocol ${name}`);
    const triple = { ip, protocol, port: words.number(port!, 65535) };
    set.triples.push(triple);
    refuseTwice(words, set, `${formatIp(ip)},${protocol}:${triple.port}`);
  } else {
    const cidr = parseCidr(text);
    if (cidr?.version !== set.version) words.fail(`not a network of IPv${set.version}: ${text}`);
    // The kernel refuses the network of all addresses, and would take a network in `hash:ip` for its addresses.
    if (cidr.length === 0 || (set.addressesOnly && text.includes("/")))
      words.fail(`cannot be in the set: ${text}`);
    set.nets.push(cidr);
    refuseTwice(words, set, formatCidr(cidr));
  }
  if (set.nets.length + set.triples.length > set.maxElements)
    words.fail("more members than the set can hold");
}

/** Without `-exist`, the tool stops at a member that is there. */
function refuseTwice(words: Words, { members }: Draft, member: string): void {
  if (members.has(member)) words.fail(`${member} is in the set already`);
  members.add(member);
}
