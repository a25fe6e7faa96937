import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingForKernelTests } from "../requirements.ts";
import { WORLD_TOOLS, World } from "../world.ts";
import { felix, revision } from "./case.ts";
import { HOST_ADDRESSES, NODE, OUTSIDE_ADDRESSES } from "./inventory.ts";
import { Peer } from "./peer.ts";
import { resource } from "./resource.ts";

const missing = missingForKernelTests(WORLD_TOOLS);

/** Who sends, and by which addresses it may be seen. */
const PLACES = {
  client: { space: "demo/client", addresses: ["10.65.0.2", "fd65::2"] },
  s0: { space: "demo/s0", addresses: ["10.65.0.16", "fd65::16"] },
  floater: { space: "demo/floater", addresses: ["10.65.0.60", "fd65::60"] },
  host: { space: "host", addresses: ["172.16.1.11", "fd00:172:16:1::11"] },
  outside: { space: "outside", addresses: ["203.0.113.5", "2001:db8:f::5"] },
} as const;
type Place = keyof typeof PLACES;

/** Beyond the uplink: another node, a pod there, an address of another pool, and the world. */
const OTHER_NODE = "172.16.1.12";
const REMOTE = "10.65.1.2";
const OTHER_POOL = "10.70.0.9";
const BALANCER_POOL = "10.71.0.9";
const [WORLD4, WORLD6] = PLACES.outside.addresses;
const BEYOND = [OTHER_NODE, "fd00:172:16:1::12", REMOTE, OTHER_POOL, BALANCER_POOL, WORLD4, WORLD6];

const EXTERNAL = "198.51.100.200";
const PORT = 9000;

const POOLS =
  resource("IPPool", "name: other", "cidr: 10.70.0.0/16") +
  resource("IPPool", "name: balancers", "cidr: 10.71.0.0/16, allowedUses: [LoadBalancer]");

/** The inventory with pools whose pods are hidden behind their host, and other settings. */
function resources(settings: string, pool = "natOutgoing: true") {
  const fixed = "floatingIPs: Enabled, defaultEndpointToHostAction: Accept";
  const all = settings === "" ? fixed : `${fixed}, ${settings}`;
  return revision("", felix(all) + POOLS, {}).resources.map(({ path, text }) => ({
    path,
    text: text
      .replace("{ cidr: 10.65.0.0/16 }", `{ cidr: 10.65.0.0/16, ${pool} }`)
      .replace('{ cidr: "fd65::/64" }', `{ cidr: "fd65::/64", ${pool} }`),
  }));
}

describe.skipIf(missing !== undefined)(
  `addresses are translated as the sheet says${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let world: World;
    const peers = new Map<string, Peer>();

    beforeAll(async () => {
      world = await World.create({
        resources: resources(""),
        node: NODE,
        variant: "nft",
        hostAddresses: HOST_ADDRESSES,
        outsideAddresses: [
          ...OUTSIDE_ADDRESSES,
          ...[REMOTE, OTHER_POOL, BALANCER_POOL, WORLD4].map((address) => `${address}/32`),
          `${WORLD6}/128`,
        ],
      });
      for (const { space, addresses } of Object.values(PLACES)) {
        const peer = new Peer(world.host.space(space));
        peers.set(space, peer);
        for (const address of space === "outside" ? BEYOND : addresses) {
          await peer.listen("udp", address, PORT);
          await peer.listen("tcp", address, PORT);
        }
      }
    }, 60_000);

    afterAll(async () => {
      for (const peer of peers.values()) peer.stop();
      await world?.close();
    });

    /** By which address and port the destination sees the sender, over TCP and over UDP. */
    async function seen(
      place: Place,
      destination: string,
      protocols: readonly ("tcp" | "udp")[] = ["tcp", "udp"],
    ) {
      const { space, addresses } = PLACES[place];
      const source = addresses.find((address) => address.includes(":") === destination.includes(":"))!;
      const answers = protocols.map(async (protocol) => {
        const connection = await peers.get(space)!.open(protocol, source, destination, PORT);
        const reply = await connection.say();
        if (!("seen" in reply) || reply.seen === undefined) throw new Error(JSON.stringify(reply));
        return reply.seen;
      });
      return Promise.all(answers);
    }

    const addressesSeen = async (place: Place, destination: string) => [
      ...new Set((await seen(place, destination)).map(({ address }) => address)),
    ];

    const load = (settings: string, pool?: string) => world.load(resources(settings, pool));

    describe("§7.1 natOutgoing", () => {
      beforeAll(() => load(""));

      test.each<readonly [string, Place, string, string]>([
        ["what leaves the cluster comes from the host", "client", WORLD4, "172.16.1.11"],
        ["also in IPv6", "client", WORLD6, "fd00:172:16:1::11"],
        ["what goes to a pod of another node keeps its source", "client", REMOTE, "10.65.0.2"],
        ["what goes to a pod of this node keeps its source", "client", "10.65.0.16", "10.65.0.2"],
        ["what goes to any other pool keeps its source", "client", OTHER_POOL, "10.65.0.2"],
        ["a pool for load balancers only is none of these", "client", BALANCER_POOL, "172.16.1.11"],
        ["§13.29 what goes to another node comes from the host", "client", OTHER_NODE, "172.16.1.11"],
        ["what goes to the own host keeps its source", "client", "172.16.1.11", "10.65.0.2"],
        ["the host's own connections keep theirs", "host", WORLD4, "172.16.1.11"],
        ["the host reaches its pods as itself", "host", "10.65.0.2", "172.16.1.11"],
        ["what comes in keeps its source", "outside", "10.65.0.2", WORLD4],
      ])("%s", async (_, from, to, by) => {
        expect(await addressesSeen(from, to)).toEqual([by]);
      });
    });

    test("§7.1 a pool without natOutgoing keeps its sources", async () => {
      await load("", "natOutgoing: false");
      expect(await addressesSeen("client", WORLD4)).toEqual(["10.65.0.2"]);
      expect(await addressesSeen("client", WORLD6)).toEqual(["fd65::2"]);
    });

    test("§7.1 a pool that is disabled counts all the same", async () => {
      await load("", "natOutgoing: true, disabled: true");
      expect(await addressesSeen("client", WORLD4)).toEqual(["172.16.1.11"]);
      expect(await addressesSeen("client", REMOTE)).toEqual(["10.65.0.2"]);
    });

    test("§7.1 NATOutgoingExclusions IPPoolsAndHostIPs leaves connections to nodes alone", async () => {
      await load("natOutgoingExclusions: IPPoolsAndHostIPs");
      expect(await addressesSeen("client", OTHER_NODE)).toEqual(["10.65.0.2"]);
      expect(await addressesSeen("client", "fd00:172:16:1::12")).toEqual(["fd65::2"]);
      expect(await addressesSeen("client", WORLD4)).toEqual(["172.16.1.11"]);
    });

    test("§7.1 NATPortRange gives connections of TCP and UDP their source ports", async () => {
      await load('natPortRange: "50000:50009"');
      for (const destination of [WORLD4, WORLD6])
        for (const { address, port } of await seen("client", destination)) {
          expect(address).toBe(destination === WORLD4 ? "172.16.1.11" : "fd00:172:16:1::11");
          expect(port).toBeGreaterThanOrEqual(50_000);
          expect(port).toBeLessThanOrEqual(50_009);
        }
    });

    test("§7.1 NATOutgoingAddress is the source, §13.29 in IPv4 only", async () => {
      await load("natOutgoingAddress: 172.16.1.77");
      expect(await addressesSeen("client", WORLD4)).toEqual(["172.16.1.77"]);
      expect(await addressesSeen("client", REMOTE)).toEqual(["10.65.0.2"]);
      expect(await addressesSeen("client", WORLD6)).toEqual(["fd00:172:16:1::11"]);
    });

    test("§7.1 NATOutgoingAddress with NATPortRange", async () => {
      await load('natOutgoingAddress: 172.16.1.77, natPortRange: "50000:50009"');
      for (const { address, port } of await seen("client", WORLD4)) {
        expect(address).toBe("172.16.1.77");
        expect(Math.floor(port / 10)).toBe(5000);
      }
    });

    test("§7.1 IptablesNATOutgoingInterfaceFilter limits it to an interface", async () => {
      await load("iptablesNATOutgoingInterfaceFilter: eth7");
      expect(await addressesSeen("client", WORLD4)).toEqual(["10.65.0.2"]);
      await load("iptablesNATOutgoingInterfaceFilter: eth0");
      expect(await addressesSeen("client", WORLD4)).toEqual(["172.16.1.11"]);
    });

    describe("§7.3 floating addresses", () => {
      beforeAll(() => load("", "natOutgoing: false"));

      test.each<readonly [string, Place, string, string]>([
        ["the pod sees who calls", "outside", EXTERNAL, WORLD4],
        ["also a pod of the same host", "client", EXTERNAL, "10.65.0.2"],
        ["the pod itself calls from the floating address", "floater", EXTERNAL, EXTERNAL],
        ["it calls others from its own", "floater", WORLD4, "10.65.0.60"],
        ["and others of the host", "floater", "10.65.0.2", "10.65.0.60"],
      ])("%s", async (_, from, to, by) => {
        expect(await addressesSeen(from, to)).toEqual([by]);
      });
    });
  },
);
