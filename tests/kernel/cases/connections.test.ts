import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../../../compiler/semantics/evaluator/evaluate.ts";
import { missingForKernelTests } from "../requirements.ts";
import { WORLD_TOOLS, World } from "../world.ts";
import { gnp, hostEndpoint, revision } from "./case.ts";
import { HOST_ADDRESSES, NODE, OUTSIDE_ADDRESSES } from "./inventory.ts";
import { parseVerdicts } from "./notation.ts";
import { type Connection, Peer } from "./peer.ts";

const missing = missingForKernelTests(WORLD_TOOLS);

const CLIENT = "10.65.0.2";
const SUBJECT = "10.65.0.16";
const HOST = "172.16.1.11";
const OUTSIDE = "172.16.1.12";
const PORT = 9000;
/** Nobody listens here. */
const CLOSED = 9001;

const UPLINK = hostEndpoint("uplink", "interfaceName: eth0, profiles: [projectcalico-default-allow]");
const CLOSED_UPLINK = hostEndpoint("uplink", "interfaceName: eth0");
const uplink = (name: string, spec: string) => gnp(name, `selector: host == 'uplink', ${spec}`);
const subject = (spec: string) => gnp("subject", `selector: is == 's0', ${spec}`);

const ALIVE = { seen: expect.anything() };
const DEAD = { error: "silence" };

describe.skipIf(missing !== undefined)(
  `connections outlive or feel new policy as the sheet says${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let world: World;
    const peers = new Map<string, Peer>();

    beforeAll(async () => {
      world = await World.create({
        resources: revision("", "", {}).resources,
        node: NODE,
        variant: "nft",
        hostAddresses: HOST_ADDRESSES,
        outsideAddresses: OUTSIDE_ADDRESSES,
      });
      for (const [space, address] of [
        ["demo/client", CLIENT],
        ["demo/s0", SUBJECT],
        ["host", HOST],
        ["outside", OUTSIDE],
      ] as const) {
        const peer = new Peer(world.host.space(space));
        peers.set(space, peer);
        await peer.listen("tcp", address, PORT);
        await peer.listen("udp", address, PORT);
      }
    }, 60_000);

    afterAll(async () => {
      for (const peer of peers.values()) peer.stop();
      await world?.close();
    });

    const enforce = (resources: string, keepConnections: boolean) =>
      world.load(revision("", resources, {}).resources, { keepConnections });

    const from = {
      client: (protocol: "tcp" | "udp", address: string, port = PORT) =>
        peers.get("demo/client")!.open(protocol, CLIENT, address, port),
      outside: (protocol: "tcp" | "udp", address: string, port = PORT) =>
        peers.get("outside")!.open(protocol, OUTSIDE, address, port),
      host: (protocol: "tcp" | "udp", address: string, port = PORT) =>
        peers.get("host")!.open(protocol, HOST, address, port),
      subject: (protocol: "tcp" | "udp", address: string, port = PORT) =>
        peers.get("demo/s0")!.open(protocol, SUBJECT, address, port),
    };

    /** What the evaluator says of a packet of that connection once it is established. */
    function established(line: string): boolean {
      const { model } = world.compilation;
      const [{ packet } = never()] = parseVerdicts({ model, node: NODE }, `${line} allow`);
      return evaluate(model, world.settings, NODE, { ...packet, connection: "established" }).allowed;
    }

    /** Opens a connection under no policy, then enforces these resources beneath it. */
    async function beneath(resources: string, open: () => Promise<Connection>) {
      await enforce(UPLINK, false);
      const old = await open();
      expect(await old.say()).toEqual(ALIVE);
      await enforce(resources, true);
      return { old: await old.say(), fresh: (await open()).error };
    }

    test("§5.6 an established connection survives a new denial at the workload that it comes to", async () => {
      const after = await beneath(UPLINK + subject("types: [Ingress]"), () => from.outside("tcp", SUBJECT));
      expect(after).toEqual({ old: ALIVE, fresh: "silence" });
      expect(established(`${OUTSIDE} > s0 tcp/${PORT}`)).toBe(true);
    });

    test("§5.6 an established connection survives a new denial at the workload that it comes from", async () => {
      const after = await beneath(UPLINK + subject("types: [Egress]"), () => from.subject("tcp", OUTSIDE));
      expect(after).toEqual({ old: ALIVE, fresh: "silence" });
      expect(established(`s0 > ${OUTSIDE} tcp/${PORT}`)).toBe(true);
    });

    test("§5.6 so does one between workloads of one host, in both directions of a denial", async () => {
      const after = await beneath(UPLINK + subject("types: [Ingress, Egress]"), () =>
        from.client("tcp", SUBJECT),
      );
      expect(after).toEqual({ old: ALIVE, fresh: "silence" });
      expect(established(`client > s0 tcp/${PORT}`)).toBe(true);
    });

    test("§5.6 an exchange over UDP survives like a connection", async () => {
      await enforce(UPLINK, false);
      const old = await from.outside("udp", SUBJECT);
      expect(await old.say()).toEqual(ALIVE);
      await enforce(UPLINK + subject("types: [Ingress]"), true);
      expect(await old.say()).toEqual(ALIVE);
      expect(await (await from.outside("udp", SUBJECT)).say()).toEqual(DEAD);
    });

    test("§3.2 (d) an established connection to the host survives a new denial", async () => {
      const after = await beneath(CLOSED_UPLINK, () => from.outside("tcp", HOST));
      expect(after).toEqual({ old: ALIVE, fresh: "silence" });
      expect(established(`${OUTSIDE} > host tcp/${PORT}`)).toBe(true);
    });

    test("§1.4 an established connection survives new pre-DNAT and forward policy", async () => {
      const deny = uplink(
        "pre",
        "preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny }]",
      );
      const forward = uplink("forward", "applyOnForward: true, types: [Ingress, Egress]");
      const after = await beneath(UPLINK + deny + forward, () => from.outside("tcp", SUBJECT));
      expect(after).toEqual({ old: ALIVE, fresh: "silence" });
      expect(established(`${OUTSIDE} > s0 tcp/${PORT}`)).toBe(true);
    });

    test("§1.3 untracked policy cuts an established connection", async () => {
      const deny = uplink(
        "untracked",
        "doNotTrack: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny, protocol: TCP }]",
      );
      const after = await beneath(UPLINK + deny, () => from.outside("tcp", SUBJECT));
      expect(after).toEqual({ old: DEAD, fresh: "silence" });
      expect(established(`${OUTSIDE} > s0 tcp/${PORT}`)).toBe(false);
    });

    test("§5.6 a connection that no policy lets begin any more may still not begin after its end", async () => {
      await enforce(UPLINK, false);
      expect(await (await from.outside("tcp", SUBJECT)).say()).toEqual(ALIVE);
      await enforce(UPLINK + subject("types: [Ingress]"), false);
      expect((await from.outside("tcp", SUBJECT)).error).toBe("silence");
    });

    test("§3.2 (d) replies pass where nothing else may be sent: workloads", async () => {
      await enforce(UPLINK + subject("types: [Ingress, Egress], ingress: [{ action: Allow }]"), false);
      expect(await (await from.outside("tcp", SUBJECT)).say()).toEqual(ALIVE);
      expect(await (await from.client("udp", SUBJECT)).say()).toEqual(ALIVE);
      expect((await from.subject("tcp", OUTSIDE)).error).toBe("silence");
    });

    test("§3.2 (d) replies pass where nothing else may come in: workloads and the host", async () => {
      await enforce(
        CLOSED_UPLINK +
          uplink("out", "types: [Egress], egress: [{ action: Allow }]") +
          subject("types: [Ingress]"),
        false,
      );
      expect(await (await from.host("tcp", OUTSIDE)).say()).toEqual(ALIVE);
      expect(await (await from.subject("tcp", OUTSIDE)).say()).toEqual(ALIVE);
      expect((await from.outside("tcp", HOST)).error).toBe("silence");
    });

    test("§3.2 (d) an error about a packet that was let out is related to it", async () => {
      await enforce(UPLINK + gnp("client", "selector: app == 'client', types: [Ingress]"), false);
      expect(await (await from.client("udp", SUBJECT, CLOSED)).say()).toEqual({ error: "ECONNREFUSED" });
    });

    test("§6 untracked policy must allow both directions, or answers are invalid", async () => {
      const allow = "{ action: Allow, protocol: TCP, destination: { ports: [9000] } }";
      const answers = "{ action: Allow, protocol: TCP, source: { ports: [9000] } }";
      const untracked = (spec: string) =>
        uplink("untracked", `doNotTrack: true, applyOnForward: true, ${spec}`);
      await enforce(UPLINK + untracked(`types: [Ingress], ingress: [${allow}]`), false);
      expect((await from.outside("tcp", HOST)).error).toBe("silence");
      await enforce(
        CLOSED_UPLINK + untracked(`types: [Ingress, Egress], ingress: [${allow}], egress: [${answers}]`),
        false,
      );
      expect(await (await from.outside("tcp", HOST)).say()).toEqual(ALIVE);
    });
  },
);

function never(): never {
  throw new Error("a line makes a packet");
}
