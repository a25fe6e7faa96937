import {
  type BirdConfig,
  type BirdConstant,
  type BirdProtocol,
  LOG_CLASSES,
  type LogClass,
  type PrefixItem,
} from "../../dataplane/bird.ts";
import type { Routine } from "../../dataplane/bird-filter.ts";
import type { Ip4 } from "../../net/cidr.ts";
import type { Artifact } from "../backend.ts";
import { parseFilter, parseFunction, parsePrefix } from "./parse-filter.ts";
import { parseProtocol, parseTemplate } from "./parse-protocol.ts";
import { parseIp4, parseWords } from "./parse-values.ts";
import { BIRD_CONF } from "./print.ts";
import { Tokens } from "./tokens.ts";

/** Reads what `printBird` wrote. No `bird.conf`: no daemon. Layout and the header carry no meaning. */
export function parseBird(artifacts: readonly Artifact[]): BirdConfig | undefined {
  const artifact = artifacts.find(({ path }) => path === BIRD_CONF);
  return artifact === undefined ? undefined : parseConfig(new Tokens(artifact.path, artifact.text));
}

function parseConfig(tokens: Tokens): BirdConfig {
  let log: readonly LogClass[] | undefined;
  let routerId: Ip4 | undefined;
  let include: string | undefined;
  const constants: BirdConstant[] = [];
  const routines: Routine[] = [];
  const protocols: BirdProtocol[] = [];
  while (tokens.peek().kind !== "end") {
    const { above } = tokens.peek();
    const comment = above === undefined ? {} : { comment: above };
    if (tokens.take("log", "stderr")) {
      log = parseLog(tokens);
      tokens.expect(";");
    } else if (tokens.take("router", "id")) {
      routerId = parseIp4(tokens);
      tokens.expect(";");
    } else if (tokens.take("timeformat", "protocol", "iso", "long")) tokens.expect(";");
    else if (tokens.take("include")) {
      include = tokens.string();
      tokens.expect(";");
    } else if (tokens.take("define")) constants.push(parseConstant(tokens));
    else if (tokens.take("function")) routines.push(parseFunction(tokens, comment));
    else if (tokens.take("filter")) routines.push(parseFilter(tokens, comment));
    else if (tokens.take("template", "bgp")) protocols.push(parseTemplate(tokens, comment));
    else if (tokens.take("protocol")) protocols.push(parseProtocol(tokens, comment));
    else tokens.fail("unknown statement");
  }
  if (routerId === undefined) return tokens.fail("expected a router id");
  return { routerId, log, include, constants, routines, protocols };
}

function parseLog(tokens: Tokens): readonly LogClass[] | undefined {
  if (tokens.take("all")) return undefined;
  return parseWords(tokens, LOG_CLASSES);
}

function parseConstant(tokens: Tokens): BirdConstant {
  const name = tokens.symbol();
  tokens.expect("=");
  if (!tokens.take("[")) {
    const value = tokens.number();
    tokens.expect(";");
    return { kind: "number", name, value };
  }
  const items: PrefixItem[] = [];
  while (!tokens.take("]")) {
    const cidr = parsePrefix(tokens);
    const within = tokens.take("+");
    tokens.take(",");
    items.push({ cidr, within, ...tokens.note() });
  }
  tokens.expect(";");
  return { kind: "prefixes", name, items };
}
