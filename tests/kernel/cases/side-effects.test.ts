import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingForKernelTests } from "../requirements.ts";
import { WORLD_TOOLS, World } from "../world.ts";
import { felix, gnp, revision } from "./case.ts";
import { HOST_ADDRESSES, NODE, OUTSIDE_ADDRESSES, pod } from "./inventory.ts";
import { parseVerdicts } from "./notation.ts";
import { Peer } from "./peer.ts";

const missing = missingForKernelTests(WORLD_TOOLS);

const PORT = 9000;
const QOS = "qos.projectcalico.org";

const PODS =
  pod("marked", { at: "0.70", labels: "app: marked", annotations: `${QOS}/dscp: "46"` }) +
  pod("few-in", {
    at: "0.71",
    labels: "app: few-in",
    annotations: `${QOS}/ingressMaxConnections: "2"`,
  }) +
  pod("few-out", {
    at: "0.72",
    labels: "app: few-out",
    annotations: `${QOS}/egressMaxConnections: "2"`,
  }) +
  pod("slow", {
    at: "0.73",
    labels: "app: slow",
    annotations: `${QOS}/egressPacketRate: "1", ${QOS}/ingressPacketRate: "1", ${QOS}/egressPacketBurst: "7"`,
  });

describe.skipIf(missing !== undefined)(
  `limits, marks and logs are as the sheet says${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let world: World;
    const peers = new Map<string, Peer>();

    beforeAll(async () => {
      world = await World.create({
        resources: revision("", PODS, {}).resources,
        node: NODE,
        variant: "nft",
        hostAddresses: HOST_ADDRESSES,
        outsideAddresses: OUTSIDE_ADDRESSES,
      });
    }, 60_000);

    afterAll(async () => {
      for (const peer of peers.values()) peer.stop();
      await world?.close();
    });

    async function send(lines: string): Promise<readonly boolean[]> {
      const places = { model: world.compilation.model, node: NODE };
      return world.probe(parseVerdicts(places, lines).map(({ packet }) => packet));
    }

    const times = (count: number, line: string) => Array.from({ length: count }, () => line).join("\n");

    /** Packets that the rules of a table have counted whose text holds all of these words. */
    async function counted(space: string, tool: string, words: readonly string[]): Promise<number> {
      const text = await world.host.space(space).run(`${tool}-save`, ["-c"]);
      return text
        .split("\n")
        .filter((line) => words.every((word) => line.includes(word)))
        .reduce((sum, line) => sum + Number(/^\[(\d+):/.exec(line)?.[1] ?? 0), 0);
    }

    test("§1.4 DSCP is set on what leaves the cluster, and on nothing else", async () => {
      const outside = world.host.space("outside");
      for (const tool of ["iptables-nft", "ip6tables-nft"]) {
        const isMarked = ["-m", "dscp", "--dscp", "46"];
        await outside.run(tool, ["-t", "raw", "-A", "PREROUTING", ...isMarked, "-j", "ACCEPT"]);
        await outside.run(tool, ["-t", "raw", "-A", "PREROUTING", "-j", "ACCEPT"]);
      }
      const counts = async () => ({
        marked4: await counted("outside", "iptables-nft", ["PREROUTING", "--dscp 0x2e"]),
        marked6: await counted("outside", "ip6tables-nft", ["PREROUTING", "--dscp 0x2e"]),
      });
      const arrived = await send(`
        marked > 203.0.113.5 udp/80 allow
        marked > 203.0.113.5 tcp/80 allow
        marked.6 > 2001:db8:f::5 udp/80 allow
        marked > remote udp/80 allow
        client > 203.0.113.5 udp/80 allow
        client.6 > 2001:db8:f::5 udp/80 allow
        host > 203.0.113.5 udp/80 allow`);
      expect(arrived).not.toContain(false);
      expect(await counts()).toEqual({ marked4: 2, marked6: 1 });
    });

    /** How many connections can be open at a time, and why the next one cannot. */
    async function openMany(from: string, source: string, to: string, address: string) {
      for (const space of [from, to])
        if (!peers.has(space)) peers.set(space, new Peer(world.host.space(space)));
      await peers.get(to)!.listen("tcp", address, PORT);
      const opened = [];
      for (let count = 0; count < 4; count++)
        opened.push((await peers.get(from)!.open("tcp", source, address, PORT)).error);
      return opened;
    }

    test("§7.5 ingressMaxConnections resets the connection after the last one allowed", async () => {
      const refused = "ECONNREFUSED";
      expect(await openMany("demo/client", "10.65.0.2", "demo/few-in", "10.65.0.71")).toEqual([
        undefined,
        undefined,
        refused,
        refused,
      ]);
    });

    test("§7.5 egressMaxConnections counts what the pod opens", async () => {
      const refused = "ECONNREFUSED";
      expect(await openMany("demo/few-out", "10.65.0.72", "demo/s1", "10.65.0.17")).toEqual([
        undefined,
        undefined,
        refused,
        refused,
      ]);
    });

    test("§7.5 packet rates: a burst passes, 5 packets where none is set, then one a second", async () => {
      const passed = (arrivals: readonly boolean[]) => arrivals.filter(Boolean).length;
      const out = passed(await send(times(40, "slow > 203.0.113.5 udp/80 allow")));
      expect(out).toBeGreaterThanOrEqual(7);
      expect(out).toBeLessThanOrEqual(12);
      const back = passed(await send(times(40, "203.0.113.5 > slow udp/80 allow")));
      expect(back).toBeGreaterThanOrEqual(5);
      expect(back).toBeLessThanOrEqual(10);
    });

    test("§13.7 the limit of a Log rule is spent by packets that it logs", async () => {
      const log = "{ action: Log, protocol: TCP, destination: { ports: [22] } }, { action: Allow }";
      await world.load(
        revision(
          "",
          felix('logPrefix: "%t %k %n", logActionRateLimit: 1/minute, logActionRateLimitBurst: 2') +
            gnp("noted", `selector: is == 's0', types: [Ingress], ingress: [${log}]`) +
            PODS,
          {},
        ).resources,
      );
      const logged = () => counted("host", "iptables-nft", ["-j LOG", '"default gnp noted: "']);
      await send(times(10, "203.0.113.5 > s0 tcp/80 allow"));
      expect(await logged()).toBe(0);
      expect(await send(times(5, "203.0.113.5 > s0 tcp/22 allow"))).toEqual([true, true, true, true, true]);
      expect(await logged()).toBe(2);
    });
  },
);
