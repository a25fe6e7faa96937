import { describe, expect, test } from "vitest";
import { type Cidr, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { Forwarding, type ForwardingHost } from "./forwarding.ts";
import { BLACKHOLE, type Hop, type Way } from "./route.ts";
import type { KernelRoute } from "./speaker.ts";

const cidr = (text: string): Cidr => parseCidr(text)!;
const hop = (dev: string, via?: string): Hop => ({ dev, via: via === undefined ? undefined : parseIp(via)! });
const route = (to: string, way: Way, metric = 0): KernelRoute => ({
  cidr: cidr(to),
  way,
  metric,
  protocol: 3,
});
const by = (...hops: readonly Hop[]): Way => ({ kind: "unicast", hops });

function host(name: string, address: string, ...kernelRoutes: readonly KernelRoute[]): ForwardingHost {
  const [ip = "", length] = address.split("/");
  return {
    name,
    interfaces: [{ name: "eth0", addresses: [{ ip: parseIp(ip)!, length: Number(length) }] }],
    kernelRoutes,
  };
}

const journey = (hosts: readonly ForwardingHost[], to: string) =>
  new Forwarding(hosts, []).journey("a", parseIp(to)!, undefined);

describe("journey", () => {
  const B = host("b", "10.0.0.2/24", route("192.168.1.7/32", by(hop("cali1"))));

  test("ends at the host that has the address, itself included", () => {
    const hosts = [host("a", "10.0.0.1/24"), B];
    expect(journey(hosts, "10.0.0.1")).toEqual({ kind: "arrives", at: "a", dev: undefined });
    expect(journey(hosts, "10.0.0.2")).toEqual({ kind: "arrives", at: "b", dev: undefined });
  });

  test("follows next hops, and ends on the interface of what is no host", () => {
    const hosts = [host("a", "10.0.0.1/24", route("192.168.1.0/24", by(hop("eth0", "10.0.0.2")))), B];
    expect(journey(hosts, "192.168.1.7")).toEqual({ kind: "arrives", at: "b", dev: "cali1" });
    expect(journey(hosts, "192.168.1.8")).toMatchObject({ at: "b", why: "has no route to 192.168.1.8" });
    expect(journey(hosts, "192.168.2.1")).toMatchObject({ at: "a", why: "has no route to 192.168.2.1" });
  });

  test("the longest prefix counts, then the lowest metric; what BGP brought is a route like any other", () => {
    const a = host(
      "a",
      "10.0.0.1/24",
      route("192.168.1.0/24", BLACKHOLE),
      route("192.168.1.7/32", BLACKHOLE, 9),
    );
    expect(journey([a, B], "192.168.1.7")).toMatchObject({ why: "has a blackhole route to 192.168.1.7" });
    const installed = [{ cidr: cidr("192.168.1.7/32"), way: by(hop("eth0", "10.0.0.2")), metric: 8 }];
    const rib = { speaker: "a", prefixes: [], installed, contested: [], refused: [] };
    expect(new Forwarding([a, B], [rib]).journey("a", parseIp("192.168.1.7")!, undefined)).toMatchObject({
      at: "b",
    });
  });

  test("of several ways the one that loses packets is told", () => {
    const ways = by(hop("eth0", "10.0.0.2"), hop("eth0", "10.0.0.9"));
    expect(journey([host("a", "10.0.0.1/24", route("192.168.1.0/24", ways)), B], "192.168.1.7")).toEqual({
      kind: "lost",
      at: "a",
      why: "has a route to 192.168.1.7 via 10.0.0.9, which nobody has",
    });
  });

  describe("WireGuard", () => {
    const ofB = {
      dev: "wg",
      publicKey: "B",
      endpoint: parseIp("10.0.0.2")!,
      allowedIps: [cidr("192.168.1.0/24")],
    };
    const ofA = {
      dev: "wg",
      publicKey: "A",
      endpoint: parseIp("10.0.0.1")!,
      allowedIps: [cidr("192.168.0.0/24")],
    };
    const a = (published: readonly string[], peers = [ofB]): ForwardingHost => ({
      ...host("a", "10.0.0.1/24", route("192.168.1.9/32", BLACKHOLE)),
      wireguard: {
        routes: [
          { cidr: cidr("192.168.1.0/24"), dev: "wg" },
          { cidr: cidr("192.168.1.9/32"), dev: undefined },
        ],
        peers,
        published,
      },
    });
    const b: ForwardingHost = { ...B, wireguard: { routes: [], peers: [ofA], published: ["B"] } };
    const from = (hosts: readonly ForwardingHost[], source: string | undefined, to = "192.168.1.7") =>
      new Forwarding(hosts, []).journey(
        "a",
        parseIp(to)!,
        source === undefined ? undefined : parseIp(source),
      );

    test("takes what its table says to the peer, and leaves the rest to the main table", () => {
      expect(from([a(["A"]), b], "192.168.0.5")).toEqual({ kind: "arrives", at: "b", dev: "cali1" });
      expect(from([a(["A"]), b], undefined)).toMatchObject({ kind: "arrives" });
      expect(from([a(["A"]), b], undefined, "192.168.1.9")).toMatchObject({
        why: "has a blackhole route to 192.168.1.9",
      });
    });

    test.each([
      ["no peer", a(["A"], []), "192.168.0.5", "has no WireGuard peer for 192.168.1.7"],
      [
        "a key that is not published",
        a([]),
        "192.168.0.5",
        "encrypts packets to 192.168.1.7, and b does not know its key",
      ],
      [
        "an address of another's",
        a(["A"]),
        "10.0.0.1",
        "encrypts packets to 192.168.1.7, and b takes none of 10.0.0.1 from it",
      ],
    ])("%s", (_, sender, source, why) => {
      expect(from([sender, b], source)).toEqual({ kind: "lost", at: "a", why });
    });
  });

  test("going round in circles ends", () => {
    const towards = (via: string) => route("192.168.9.0/24", by(hop("eth0", via)));
    const hosts = [
      host("a", "10.0.0.1/24", towards("10.0.0.2")),
      host("b", "10.0.0.2/24", towards("10.0.0.1")),
    ];
    expect(journey(hosts, "192.168.9.1")).toMatchObject({
      kind: "lost",
      why: "gets packets to 192.168.9.1 again and again",
    });
  });

  test("so does going round by several ways, which are too many to try them all", () => {
    const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
    const hosts = addresses.map((own, i) => {
      const others = addresses.filter((address) => address !== own).map((address) => hop("eth0", address));
      return host("abc"[i]!, `${own}/24`, route("192.168.9.0/24", by(...others)));
    });
    expect(journey(hosts, "192.168.9.1")).toMatchObject({
      why: "gets packets to 192.168.9.1 again and again",
    });
  });
});
