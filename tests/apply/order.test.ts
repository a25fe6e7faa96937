import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import type { ApplyTarget } from "../../runtime/apply/target.ts";
import { Namespace } from "../kernel/namespace.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { linuxHost } from "./hosts.ts";
import { artifact } from "./plans.ts";
import { dropTarget } from "./two-tables.ts";

const missing = missingForKernelTests([
  ...["ip", "bridge", "tc", "ipset", "nft", "flock", "setpriv", "sysctl"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
]);

/** How often the drop moves from table to table at least; `APPLY_CHANGES` makes it a long run. */
const CHANGES = Number(process.env.APPLY_CHANGES ?? 8);
/** How many packets see that at least: where changes are quick, there are more of them. */
const PACKETS = CHANGES * 20;
const PORT = 4242;
const OTHER_PORT = 4243;

/** Every millisecond a datagram to each port, from a new port of its own, until it is told to stop. */
const SENDER = `
  const dgram = require("node:dgram");
  let sent = 0;
  const timer = setInterval(() => {
    for (const port of [${PORT}, ${OTHER_PORT}]) {
      const socket = dgram.createSocket("udp4");
      socket.send("x", port, "10.8.0.1", () => socket.close());
      sent++;
    }
  }, 1);
  process.on("SIGINT", () => { clearInterval(timer); console.log(sent); process.exit(); });
`;

/** Counts what has passed every table of ours, by port. */
const WATCH = `table inet watch {
  chain in {
    type filter hook input priority 300;
    udp dport ${PORT} counter comment "dropped"
    udp dport ${OTHER_PORT} counter comment "allowed"
  }
}
`;

async function passed(space: Namespace, comment: string): Promise<number> {
  const text = await space.run("nft", ["list", "table", "inet", "watch"]);
  const [, packets] = new RegExp(`counter packets (\\d+) bytes \\d+ comment "${comment}"`).exec(text) ?? [];
  return Number(packets);
}

async function send(from: Namespace, during: () => Promise<void>): Promise<number> {
  const words = ["netns", "exec", from.name, process.execPath, "-e", SENDER];
  const child = spawn("ip", words, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (data: Buffer) => {
    printed += data.toString();
  });
  const ended = once(child, "close");
  try {
    await sleep(500);
    await during();
  } finally {
    child.kill("SIGINT");
    await ended;
  }
  return Number(printed);
}

describe.skipIf(missing !== undefined)(
  `packets while a policy moves from table to table${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test.each(["nft", "legacy"] as const)(
      "fare as before or as after: %s",
      async (variant) => {
        const linux = await linuxHost(variant);
        const { host, space } = linux;
        const outside = await Namespace.create("outside");
        try {
          const link = ["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", outside.name];
          await space.run("ip", link);
          for (const [end, address] of [
            [space, "10.8.0.1/24"],
            [outside, "10.8.0.2/24"],
          ] as const) {
            await end.run("ip", ["addr", "add", address, "dev", "eth0"]);
            await end.run("ip", ["link", "set", "eth0", "up"]);
          }
          await space.run("nft", ["-f", "-"], WATCH);
          const target = (place: "raw" | "filter"): ApplyTarget => dropTarget(place, PORT);
          await apply(host, target("raw"));
          let changes = 0;
          const sent = await send(outside, async () => {
            const before = await passed(space, "allowed");
            while (changes < CHANGES || (await passed(space, "allowed")) - before < PACKETS) {
              expect(changes).toBeLessThan(CHANGES * 20);
              const place = changes % 2 === 0 ? "filter" : "raw";
              const { steps, windows } = await apply(host, target(place));
              expect(windows).toEqual([]);
              const commits = steps.filter((step) => step.startsWith("commit"));
              expect(commits).toEqual(
                place === "filter"
                  ? ["commit IPv4 filter", "commit IPv4 raw"]
                  : ["commit IPv4 raw", "commit IPv4 filter"],
              );
              changes++;
            }
          });
          process.stdout.write(`${variant}: ${sent} packets through ${changes} changes of two tables\n`);
          expect(await passed(space, "allowed")).toBeGreaterThanOrEqual(PACKETS);
          expect(await passed(space, "dropped")).toBe(0);

          // That this shows anything: the same two commits in the other order let packets through.
          await apply(host, target("raw"));
          const [before, after] = [target("raw"), target("filter")].map((each) =>
            artifact(each, "iptables.restore").split("COMMIT\n"),
          );
          await send(outside, async () => {
            for (const table of [after?.[0], before?.[0]].flatMap((text) => text ?? [])) {
              const wrong = table.replace(/^-I .*\n/m, "");
              await space.run(`iptables-${variant}-restore`, ["--noflush"], `${wrong}COMMIT\n`);
              await sleep(200);
            }
          });
          expect(await passed(space, "dropped")).toBeGreaterThan(0);
        } finally {
          await outside.close();
          await linux.close();
        }
      },
      CHANGES * 10_000 + 60_000,
    );
  },
);
