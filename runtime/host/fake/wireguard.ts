import type { ToolResult } from "../run.ts";
import { done, refused } from "./words.ts";

interface Device {
  readonly privateKey: string;
  readonly port: string;
  readonly mark: string;
  /** By public key; in the words of `wg set`. */
  readonly peers: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

const NEW: Device = { privateKey: "", port: "0", mark: "off", peers: new Map() };

/** What `wg` knows of the WireGuard devices of a machine. */
export class FakeWireguard {
  readonly #devices = new Map<string, Device>();
  readonly #names: () => readonly string[];
  #keys = 0;

  /** `names`: the machine's devices of that kind. */
  constructor(names: () => readonly string[]) {
    this.#names = names;
  }

  /** Devices are never changed in place, so sharing them is safe. */
  copyFrom(other: FakeWireguard): void {
    for (const [name, device] of other.#devices) this.#devices.set(name, device);
    this.#keys = other.#keys;
  }

  /** A device takes its key and its peers with it. */
  forgetRemoved(): void {
    for (const name of this.#devices.keys()) if (!this.#names().includes(name)) this.#devices.delete(name);
  }

  /** `wg genkey | wg set DEVICE private-key /dev/stdin` */
  makeKey(name: string): ToolResult {
    return this.#change(name, (device) => ({ ...device, privateKey: `PRIVATE-${++this.#keys}` }));
  }

  run([verb, name = "", ...words]: readonly string[]): ToolResult {
    return verb === "set"
      ? this.#change(name, (device) => withWords(device, words))
      : done(this.#show(words[0] ?? ""));
  }

  #change(name: string, change: (device: Device) => Device): ToolResult {
    if (!this.#names().includes(name)) return refused("Unable to modify interface: No such device");
    this.#devices.set(name, change(this.#devices.get(name) ?? NEW));
    return done();
  }

  /** `wg show all ITEM`: columns with tabs between. */
  #show(item: string): string {
    return this.#names()
      .flatMap((name) => {
        const { privateKey, port, mark, peers } = this.#devices.get(name) ?? NEW;
        switch (item) {
          case "public-key":
            return [`${name}\t${publicKeyOf(privateKey)}`];
          case "listen-port":
            return [`${name}\t${port}`];
          case "fwmark":
            return [`${name}\t${mark}`];
          case "peers":
            return [...peers.keys()].map((key) => `${name}\t${key}`);
          default:
            return [...peers].map(([key, peer]) => `${name}\t${key}\t${peerItem(item, peer)}`);
        }
      })
      .map((line) => `${line}\n`)
      .join("");
  }
}

function publicKeyOf(privateKey: string): string {
  return privateKey === "" ? "(none)" : privateKey.replace("PRIVATE", "public");
}

function peerItem(item: string, peer: Readonly<Record<string, string>>): string {
  if (item === "endpoints") return peer.endpoint ?? "(none)";
  if (item === "allowed-ips") return (peer["allowed-ips"] ?? "").replaceAll(",", " ") || "(none)";
  return peer["persistent-keepalive"]?.replace(/^0$/, "off") ?? "off";
}

function withWords(device: Device, words: readonly string[]): Device {
  const peers = new Map(device.peers);
  let { port, mark } = device;
  let key = "";
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "remove") {
      peers.delete(key);
      continue;
    }
    const value = words[++index] ?? "";
    if (word === "listen-port") port = value;
    else if (word === "fwmark") mark = value;
    else if (word === "peer") {
      key = value;
      peers.set(key, peers.get(key) ?? {});
    } else {
      // A network belongs to one peer: the last that was given it.
      const networks = word === "allowed-ips" ? value.split(",") : [];
      for (const [other, peer] of peers)
        if (other !== key && networks.length > 0)
          peers.set(other, { ...peer, "allowed-ips": without(peer["allowed-ips"] ?? "", networks) });
      peers.set(key, { ...peers.get(key), [word]: value });
    }
  }
  return { ...device, port, mark, peers };
}

function without(list: string, networks: readonly string[]): string {
  return list
    .split(",")
    .filter((network) => network !== "" && !networks.includes(network))
    .join(",");
}
