import { describe, expect, test } from "vitest";
import { type CountedPacket, costOfPacket, type SetTest } from "./walk.ts";

const SYN: CountedPacket = {
  protocol: "tcp",
  source: "10.0.0.1",
  destination: "10.0.0.2",
  destinationPort: 80,
};

/** A filter table in the form of `iptables-save -c`; each rule as `[packets] rule`. */
function saves(text: string): readonly [before: string, after: string] {
  const rules = text
    .trim()
    .split("\n")
    .map((line) => /^\[(\d+)\] (.*)$/.exec(line.trim())!);
  const chains = [...new Set(rules.map(([, , rule]) => rule!.split(" ")[1]!))];
  const save = (count: (matched: string) => number) =>
    [
      "*filter",
      ...chains.map((chain) => `:${chain} - [0:0]`),
      ...rules.map(([, matched, rule]) => `[${count(matched!)}:0] ${rule}`),
      "COMMIT",
    ].join("\n");
  return [save(() => 7), save((matched) => 7 + Number(matched))];
}

const never: SetTest = async (set) => {
  throw new Error(`asked for ${set}`);
};
const cost = (text: string, packet = SYN, isMember = never) => costOfPacket(...saves(text), packet, isMember);

describe("which rules a packet met", () => {
  test("a jump comes back, a goto does not, and what follows a verdict is not met", async () => {
    const text = `
      [1] -A FORWARD -m comment --comment "a: \\"quoted\\" -j DROP" -j top
      [0] -A FORWARD -j ACCEPT
      [0] -A top -p udp -j DROP
      [1] -A top -j jumped
      [1] -A top -g gone
      [0] -A top -j DROP
      [1] -A jumped -j MARK --set-xmark 0x1/0x1
      [1] -A jumped -m mark --mark 0x1/0x1 -j RETURN
      [0] -A jumped -j DROP
      [1] -A gone -j ACCEPT
      [0] -A gone -j DROP`;
    expect(await cost(text)).toEqual({ rules: 7, lookups: 0 });
  });

  test("a goto returns to the caller of the chain that it left", async () => {
    const text = `
      [1] -A FORWARD -j top
      [1] -A FORWARD -j ACCEPT
      [1] -A top -g gone
      [0] -A top -j DROP
      [1] -A gone -j RETURN`;
    expect(await cost(text)).toEqual({ rules: 4, lookups: 0 });
  });

  test("a hook that the packet did not come by costs nothing", async () => {
    const text = `
      [1] -A FORWARD -j ACCEPT
      [0] -A INPUT -j ACCEPT`;
    expect(await cost(text)).toEqual({ rules: 1, lookups: 0 });
  });
});

describe("which sets were asked", () => {
  const rule = (words: string) => `
      [1] -A FORWARD -j top
      [0] -A top ${words} -j ACCEPT`;

  test("none behind another protocol or another port", async () => {
    const set = "-m set --match-set s src";
    expect(await cost(rule(`-p udp ${set}`))).toMatchObject({ lookups: 0 });
    expect(await cost(rule(`-p tcp -m multiport --dports 81,90:99 ${set}`))).toMatchObject({ lookups: 0 });
    expect(await cost(rule(`-p tcp -m multiport --dports 79:81 ${set}`))).toMatchObject({ lookups: 1 });
    expect(await cost(rule(set))).toMatchObject({ lookups: 1 });
  });

  test("of several, those up to the first that fails", async () => {
    const two = rule("-m set --match-set a src -m set ! --match-set b dst");
    const members = new Map([["a", "10.0.0.1"]]);
    const isMember = async (set: string, address: string) => members.get(set) === address;
    expect(await cost(two, SYN, isMember)).toMatchObject({ lookups: 2 });
    members.clear();
    expect(await cost(two, SYN, isMember)).toMatchObject({ lookups: 1 });
  });

  test("all of a rule that matched", async () => {
    const text = "[1] -A FORWARD -m set --match-set a src -m set ! --match-set b dst -j ACCEPT";
    expect(await cost(text)).toEqual({ rules: 1, lookups: 2 });
  });

  test("a match whose outcome is not known is no guess", async () => {
    await expect(cost(rule("-m mark --mark 0x1 -m set --match-set s src"))).rejects.toThrow("--mark");
    await expect(cost(rule("! -p udp -m set --match-set s src"))).rejects.toThrow("!");
  });
});

describe("counters that are not one packet's", () => {
  test.each([
    ["two packets", "[2] -A FORWARD -j ACCEPT"],
    ["a rule behind a verdict", "[1] -A FORWARD -j ACCEPT\n[1] -A FORWARD -j DROP"],
    ["a chain that nobody jumped to", "[1] -A FORWARD -j ACCEPT\n[1] -A other -j DROP"],
  ])("%s", async (_, text) => {
    await expect(cost(text)).rejects.toThrow("not one packet's counters");
  });

  test("a chain that the packet came by twice", async () => {
    const text = "[1] -A FORWARD -j top\n[1] -A FORWARD -j top\n[2] -A top -j MARK --set-xmark 0x1/0x1";
    await expect(cost(text)).rejects.toThrow("twice");
  });

  test("rules that changed meanwhile", async () => {
    const [before, after] = saves("[1] -A FORWARD -j ACCEPT");
    const changed = after.replace("ACCEPT", "DROP");
    await expect(costOfPacket(before, changed, SYN, never)).rejects.toThrow("changed");
  });
});
