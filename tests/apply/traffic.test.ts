import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import type { ApplyTarget } from "../../runtime/apply/target.ts";
import { Namespace } from "../kernel/namespace.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { linuxHost } from "./hosts.ts";

const missing = missingForKernelTests([
  ...["ip", "ipset", "nft", "flock", "setpriv", "sysctl", "bridge", "ping"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
]);

/** How many changes of policy the packets see at least; `APPLY_CHANGES` makes it a long run. */
const CHANGES = Number(process.env.APPLY_CHANGES ?? 12);
/** How many packets see them at least: where changes are quick, there are more of them. */
const PACKETS = CHANGES * 50;

const SETS = { left: "cali40s:leftleftleftleftleftlef", right: "cali40s:rightrightrightrightrig" };
const MEMBERS = Array.from({ length: 500 }, (_, index) => `10.7.${index >> 8}.${index & 255}`);
/** Where the packets come from; last in its set, so that it is the last to arrive and the last to leave. */
const SOURCE = "10.8.0.2";

const comment = (id: string): string => `-m comment --comment "cali:${id}"`;

/**
 * Under both states every packet passes. Requests: `left` or `right` may come in. Replies: `left` is allowed, of the
 * rest only what `right` does not have is dropped. Members move from one set to the other; in place, no order of the
 * edits would be right for both chains.
 */
function target(side: keyof typeof SETS): ApplyTarget {
  const sets = Object.entries(SETS).flatMap(([name, set]) => [
    `create ${set} hash:net family inet maxelem 65536`,
    ...(name === side ? [...MEMBERS, SOURCE].map((member) => `add ${set} ${member}`) : []),
  ]);
  const rules = [
    "*filter",
    ":cali-INPUT - -",
    ":cali-OUTPUT - -",
    `-I INPUT ${comment("hook-in")} -j cali-INPUT`,
    `-I OUTPUT ${comment("hook-out")} -j cali-OUTPUT`,
    `-A cali-INPUT ${comment("in-left")} -m set --match-set ${SETS.left} src -j ACCEPT`,
    `-A cali-INPUT ${comment("in-right")} -m set --match-set ${SETS.right} src -j ACCEPT`,
    `-A cali-INPUT ${comment("in-drop")} -s ${SOURCE}/32 -j DROP`,
    `-A cali-OUTPUT ${comment("out-left")} -m set --match-set ${SETS.left} dst -j ACCEPT`,
    `-A cali-OUTPUT ${comment("out-drop")} -d ${SOURCE}/32 -m set ! --match-set ${SETS.right} dst -j DROP`,
    "COMMIT",
  ];
  return {
    node: "n1",
    artifacts: [
      { path: "ipset.restore", text: `${sets.join("\n")}\n` },
      { path: "iptables.restore", text: `${rules.join("\n")}\n` },
    ],
  };
}

/** Packets that a rule has dropped: it stays through all changes, so its counter does. */
async function dropped(host: Namespace, variant: string): Promise<number> {
  const text = await host.run(`iptables-${variant}-save`, ["-c"]);
  const rules = [...text.matchAll(/^\[(\d+):\d+\] .*cali:(?:in|out)-drop/gm)];
  expect(rules).toHaveLength(2);
  return rules.reduce((sum, [, packets]) => sum + Number(packets), 0);
}

/** Pings that have come in. */
async function pings(host: Namespace): Promise<number> {
  const [names = "", values = ""] = (await host.run("grep", ["^Icmp:", "/proc/net/snmp"])).split("\n");
  return Number(values.split(" ")[names.split(" ").indexOf("InEchos")]);
}

/** Some 500 packets a second until it is stopped, which gives how many were sent and answered. */
function ping(from: Namespace): { readonly stop: () => Promise<readonly [sent: number, answered: number]> } {
  const args = ["netns", "exec", from.name, "ping", "-q", "-n", "-i", "0.002", "-I", SOURCE, "10.8.0.1"];
  const child: ChildProcess = spawn("ip", args, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout?.on("data", (data: Buffer) => {
    printed += data.toString();
  });
  const ended = once(child, "close");
  return {
    stop: async () => {
      child.kill("SIGINT");
      await ended;
      const [, sent = "0", answered = "0"] = /(\d+) packets transmitted, (\d+) received/.exec(printed) ?? [];
      return [Number(sent), Number(answered)];
    },
  };
}

describe.skipIf(missing !== undefined)(
  `packets during a change of policy${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test.each(["nft", "legacy"] as const)(
      "meet the old policy or the new one, also where members move between two sets: %s",
      async (variant) => {
        const linux = await linuxHost(variant);
        const { host, space } = linux;
        const outside = await Namespace.create("outside");
        let traffic: ReturnType<typeof ping> | undefined;
        try {
          const link = ["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", outside.name];
          await space.run("ip", link);
          for (const [end, address] of [
            [space, "10.8.0.1/24"],
            [outside, `${SOURCE}/24`],
          ] as const) {
            await end.run("ip", ["addr", "add", address, "dev", "eth0"]);
            await end.run("ip", ["link", "set", "eth0", "up"]);
          }
          await apply(host, target("left"));
          await outside.run("ping", ["-c", "1", "-W", "5", "10.8.0.1"]);
          traffic = ping(outside);
          const before = await pings(space);
          let changes = 0;
          while (changes < CHANGES || (await pings(space)) - before < PACKETS) {
            expect(changes).toBeLessThan(CHANGES * 20);
            const { steps } = await apply(host, target(changes % 2 === 0 ? "right" : "left"));
            expect(steps).toContain("destroy sets");
            changes++;
          }
          const [sent, answered] = await traffic.stop();
          process.stdout.write(
            `${variant}: ${sent} packets through ${changes} changes, ${answered} answered\n`,
          );
          expect(sent).toBeGreaterThanOrEqual(PACKETS);
          expect(await dropped(space, variant)).toBe(0);

          // That this shows anything: the same members, moved in place the wrong way round.
          await apply(host, target("left"));
          const current = (await space.run("ipset", ["list", "-n"])).trim().split("\n");
          const [left = "", right = ""] = ["left", "right"].map((side) =>
            current.find((name) => name.includes(side)),
          );
          traffic = ping(outside);
          await space.run("ipset", ["flush", left]);
          await new Promise((resolve) => setTimeout(resolve, 300));
          await space.run("ipset", ["add", right, SOURCE]);
          await traffic.stop();
          expect(await dropped(space, variant)).toBeGreaterThan(0);
        } finally {
          await traffic?.stop();
          await outside.close();
          await linux.close();
        }
      },
      CHANGES * 10_000 + 60_000,
    );
  },
);
