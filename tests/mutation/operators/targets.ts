import { formatIp, parseIp } from "../../../compiler/net/ip.ts";
import { type Part, targetOf, withPart, withWordBehind, wordBehind } from "../rule-line.ts";
import { neighbourOf, type Replacement, type RuleSite } from "./context.ts";
import { marksNear } from "./numbers.ts";

/** Every change of what the rule does with the packets that it matches. */
export function changedTargets(site: RuleSite): readonly Replacement[] {
  const { rule } = site;
  const target = targetOf(rule);
  if (target === undefined) return [];
  const place = rule.parts.length - 1;
  return [...verdictsNear(target), ...jumpsNear(target, site), ...effectsNear(target)].map(
    ([operator, other]) => ({
      operator,
      change: `${target.join(" ")} → ${other === undefined ? "nothing" : other.join(" ")}`,
      rule: withPart(rule, place, other),
    }),
  );
}

type Changed = readonly [operator: Replacement["operator"], part: Part | undefined];

const VERDICTS: Readonly<Record<string, readonly string[]>> = {
  ACCEPT: ["DROP", "RETURN"],
  DROP: ["ACCEPT", "RETURN"],
  REJECT: ["ACCEPT", "RETURN", "DROP"],
  RETURN: ["ACCEPT", "DROP"],
};

function verdictsNear([, name = ""]: Part): readonly Changed[] {
  const others = Object.hasOwn(VERDICTS, name) ? VERDICTS[name]! : ["RETURN"];
  return [undefined, ...others.map((other): Part => ["-j", other])].map((part) => ["change a verdict", part]);
}

function jumpsNear([option = "", chain = ""]: Part, { chains }: RuleSite): readonly Changed[] {
  if (!chains.includes(chain)) return [];
  const others = [1, -1, 5].map((step) => neighbourOf(chains, chain, step));
  return [
    ["change a jump", [option === "-j" ? "-g" : "-j", chain]],
    ...[...new Set(others)]
      .filter((other) => other !== undefined)
      .map((other) => ["change a jump", [option, other]] as const),
  ];
}

function effectsNear(target: Part): readonly Changed[] {
  const [, name] = target;
  const to = (option: string, values: readonly string[]): readonly Changed[] =>
    values.map((value) => ["change what a target does", withWordBehind(target, option, value)]);
  switch (name) {
    case "MARK": {
      const value = wordBehind(target, "--set-xmark")!;
      return marksNear(value).map((other) => ["change a mark", withWordBehind(target, "--set-xmark", other)]);
    }
    case "DSCP":
      return to("--set-dscp", [String(Number(wordBehind(target, "--set-dscp")) ^ 1)]);
    case "LOG":
      return to("--log-level", ["6"]);
    case "DNAT":
      return to("--to-destination", [addressAfter(wordBehind(target, "--to-destination")!)]);
    case "SNAT":
      return to("--to-source", [addressAfter(wordBehind(target, "--to-source")!)]);
    case "MASQUERADE":
      return [["change what a target does", ["-j", "MASQUERADE"]]];
    default:
      return [];
  }
}

function addressAfter(text: string): string {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an address: ${text}`);
  return formatIp(
    ip.version === 4 ? { version: 4, value: ip.value + 1 } : { version: 6, value: ip.value + 1n },
  );
}
