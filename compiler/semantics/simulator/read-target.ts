import type { Ip, IpVersion } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import type { TableName, Target } from "./program.ts";
import { readMarkAndMask } from "./read-match.ts";
import type { Words } from "./words.ts";

/** Targets that the kernel takes in some tables only. */
const TABLES: Readonly<Record<string, readonly TableName[]>> = {
  DROP: ["raw", "mangle", "filter"],
  REJECT: ["filter"],
  CT: ["raw"],
  DSCP: ["mangle"],
  DNAT: ["nat"],
  SNAT: ["nat"],
  MASQUERADE: ["nat"],
};

/** Reads what follows `-j`. `isChain` knows the chains that can be jumped to. */
export function readTarget(
  words: Words,
  table: TableName,
  version: IpVersion,
  isChain: (name: string) => boolean,
): Target {
  const name = words.take("a target");
  if (Object.hasOwn(TABLES, name) && !TABLES[name]!.includes(table))
    words.fail(`the table ${table} cannot hold ${name}`);
  switch (name) {
    case "ACCEPT":
      return { kind: "accept" };
    case "DROP":
      return { kind: "drop" };
    case "RETURN":
      return { kind: "return" };
    case "REJECT":
      if (words.takeIf("--reject-with")) words.expect("tcp-reset");
      return { kind: "reject" };
    case "MARK":
      words.expect("--set-xmark");
      return { kind: "mark", ...readMarkAndMask(words) };
    case "CT":
      words.expect("--notrack");
      return { kind: "notrack" };
    case "LOG":
      words.expect("--log-prefix");
      words.take("a prefix");
      words.expect("--log-level");
      words.number(words.take("a level"), 7);
      return { kind: "none" };
    case "DSCP":
      words.expect("--set-dscp");
      words.number(words.take("a value"), 0x3f);
      return { kind: "none" };
    case "DNAT":
      words.expect("--to-destination");
      return { kind: "dnat", to: readIp(words, version) };
    case "SNAT":
      words.expect("--to-source");
      words.take("an address");
      words.takeIf("--random-fully");
      return { kind: "source-nat" };
    case "MASQUERADE":
      if (words.takeIf("--to-ports")) words.range(words.take("ports"), "-", 65535);
      words.takeIf("--random-fully");
      return { kind: "source-nat" };
    default:
      if (!isChain(name)) words.fail(`neither a target nor a chain declared before: ${name}`);
      return { kind: "jump", chain: name };
  }
}

function readIp(words: Words, version: IpVersion): Ip {
  const text = words.take("an address");
  const ip = parseIp(text);
  if (ip?.version !== version) words.fail(`not an address of IPv${version}: ${text}`);
  return ip;
}
