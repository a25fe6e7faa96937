import { DEBUG_FLAGS, type Debug } from "../../dataplane/bird.ts";
import type { Ip, Ip4 } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import type { Tokens } from "./tokens.ts";

export function parseDebug(tokens: Tokens): Debug {
  return tokens.take("all") ? "all" : parseWords(tokens, DEBUG_FLAGS);
}

/** `{ a, b }`, each of the known words. */
export function parseWords<W extends string>(tokens: Tokens, known: readonly W[]): readonly W[] {
  const words: W[] = [];
  tokens.expect("{");
  while (!tokens.take("}")) {
    tokens.take(",");
    const token = tokens.peek();
    const text = tokens.symbol();
    words.push(known.find((word) => word === text) ?? tokens.fail("unknown word", token));
  }
  return words;
}

export function parseAddress(tokens: Tokens): Ip {
  const token = tokens.peek();
  return parseIp(tokens.address()) ?? tokens.fail("not an address", token);
}

export function parseIp4(tokens: Tokens): Ip4 {
  const token = tokens.peek();
  const ip = parseAddress(tokens);
  return ip.version === 4 ? ip : tokens.fail("not an IPv4 address", token);
}
