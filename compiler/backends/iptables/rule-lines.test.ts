import { expect, test } from "vitest";
import { canonicalState } from "./canonical.ts";
import { parseIptables } from "./parse.ts";
import { parseRule } from "./parse-rule.ts";
import { printIptables } from "./print.ts";
import { noLines } from "./rule-lines.ts";
import { everythingIr } from "./sample.ts";
import { emit } from "./testing.ts";
import { splitWords } from "./words.ts";

const OPTIONS = [
  ...["-s 10.0.0.1/32", "! -d 10.0.0.0/8", "-i cali+", "! -o eth0", "-p tcp", "! -p 17", "-p nonsense"],
  ...['-m comment --comment "cali:AbcdefghijklmnoP"', '-m comment --comment "Policy a -m b"'],
  ...["-m comment --comment plain", "-m comment --comment -j", String.raw`-m comment --comment "a\"b"`],
  ...[
    "-m set --match-set cali40a src",
    "-m set ! --match-set cali40b dst,dst",
    "-m multiport --dports 1,2:3",
  ],
  ...[
    "-m mark --mark 0x1/0x1",
    "-m mark ! --mark 0x1/0x1",
    "--match mark --mark 0x2/0x3",
    "-m nonsense --x 1",
  ],
  ...["-m limit --limit 1/sec", "-m", "!", '"', "  ", "-m set !"],
  ...["-j ACCEPT", "-g cali-x", "--jump DROP", '-j LOG --log-prefix "a -j b" --log-level 5'],
  ...[
    "-j LOG --log-prefix -m --log-level 5",
    "-j MARK --set-mark 0x1",
    "-j NONSENSE --y -p tcp",
    "-j cali-fw'x'",
  ],
];

/** Every option after every other one and before a third, so that whatever could lean on its neighbour has one. */
function* lines(): Generator<string> {
  for (const first of OPTIONS)
    for (const second of OPTIONS)
      for (const third of ["-m mark --mark 0x4/0x4", "-j RETURN", "-p udp -j DROP", ""])
        yield `-A cali-chain ${first} ${second} ${third}`.trimEnd();
}

test("a line that is read in parts means what all of its words mean together", () => {
  let read = 0;
  const known = noLines()[4];
  for (const line of lines()) {
    const words = splitWords(line);
    if (words === undefined) {
      expect(() => known.read(line, (reason) => new Error(reason)), line).toThrow("not closed");
      continue;
    }
    read++;
    // Twice: the second time it is known, and so are all of its parts.
    for (let time = 0; time < 2; time++)
      expect(
        known.read(line, (reason) => new Error(reason)),
        line,
      ).toEqual({
        chain: "cali-chain",
        insert: false,
        rule: parseRule(words.slice(2), 4),
      });
  }
  expect(read).toBeGreaterThan(3000);
});

test("what was read prints as it was read, in its own chain only", () => {
  const { state } = emit(everythingIr());
  const known = noLines();
  const read = parseIptables(printIptables(state, "n1"), known);
  const again = printIptables(read, "n1", known);
  expect(parseIptables(again)).toEqual(canonicalState(state));
  const rule = read.rulesets[0]?.tables.flatMap(({ chains }) => chains).find(({ rules }) => rules.length > 0);
  const [first] = rule?.rules ?? [];
  if (rule === undefined || first === undefined) throw new Error("no rule was read");
  expect(known[4].lineOf(first, rule.name)).toContain(`-A ${rule.name} `);
  expect(known[4].lineOf(first, "cali-other")).toBeUndefined();
});

test("a rule of a file and the same rule in the spelling of iptables-save are one object", () => {
  const known = noLines()[4];
  const fail = (reason: string) => new Error(reason);
  const ours = known.read(
    '-A cali-x -m comment --comment "cali:AbcdefghijklmnoP" -m comment --comment "why" -p tcp -s 10.0.0.0/8 -m mark --mark 0x1/0x1 -j DROP',
    fail,
  );
  const saved = known.read(
    '-A cali-x -p tcp -s 10.0.0.0/8 -m comment --comment "cali:AbcdefghijklmnoP" -m comment --comment "why" -m mark --mark 0x1/0x1 -j DROP',
    fail,
  );
  expect(saved.rule).toBe(ours.rule);
});
