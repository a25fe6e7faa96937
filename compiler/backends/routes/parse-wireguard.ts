import type { PeerState, WireguardLinkState } from "../../dataplane/routing.ts";
import type { RoutingOwnership } from "../../ir/routing-ir.ts";
import { compareCidr, type Ip, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import type { Artifact } from "../backend.ts";
import { fail, type Line, linesOf, needCidr, needIp, numberOf } from "./batch-lines.ts";
import { HOST_PATHS } from "./host-queries.ts";

export interface WireguardDevices {
  readonly devices: ReadonlyMap<string, WireguardPort>;
  readonly peers: readonly PeerState[];
}

type WireguardPort = Pick<WireguardLinkState, "listenPort" | "mark" | "publicKey">;

interface Section {
  readonly first: Line;
  readonly fields: readonly { readonly line: Line; readonly key: string; readonly value: string }[];
}

/** Reads `wireguard/<dev>.conf` as `printRouting` wrote it. */
export function parseWireguardConf(artifact: Artifact, dev: string): WireguardDevices {
  const sections = sectionsOf(artifact);
  return {
    devices: new Map(
      sections
        .filter(({ first }) => first.words[0] === "[Interface]")
        .map((section) => [
          dev,
          { listenPort: numberField(section, "ListenPort"), mark: numberField(section, "FwMark") },
        ]),
    ),
    peers: sections
      .filter(({ first }) => first.words[0] === "[Peer]")
      .map((section) => {
        const [endpoint, port] = splitEndpoint(field(section, "Endpoint"));
        return {
          dev,
          publicKey: field(section, "PublicKey"),
          endpoint: needIp(section.first, endpoint),
          port: numberOf(section.first, port),
          allowedIps: section.fields
            .filter(({ key }) => key === "AllowedIPs")
            .map(({ line, value }) => needCidr(line, value)),
          keepAlive: numberField(section, "PersistentKeepalive", "0"),
          note: section.first.note,
        };
      }),
  };
}

function sectionsOf(artifact: Artifact): readonly Section[] {
  const sections: { first: Line; fields: { line: Line; key: string; value: string }[] }[] = [];
  for (const line of linesOf(artifact)) {
    const [key = "", equals, value = ""] = line.words;
    if (key.startsWith("[")) sections.push({ first: line, fields: [] });
    else if (equals !== "=") fail(line, "not 'key = value'");
    else (sections.at(-1) ?? fail(line, "outside of any section")).fields.push({ line, key, value });
  }
  return sections;
}

function field({ first, fields }: Section, key: string): string {
  return fields.find((f) => f.key === key)?.value ?? fail(first, `'${key}' is missing`);
}

function numberField(section: Section, key: string, absent?: string): number {
  const text = section.fields.find((f) => f.key === key)?.value ?? absent;
  return numberOf(section.first, text ?? fail(section.first, `'${key}' is missing`));
}

/** `10.0.0.1:51820`, `[fd00::1]:51821`. */
function splitEndpoint(text: string): readonly [host: string, port: string] {
  const colon = text.lastIndexOf(":");
  return [text.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), text.slice(colon + 1)];
}

const NO_ENDPOINT: Ip = { version: 4, value: 0 };

/** Reads the answers of `wg show all <item>`: a device, a peer's key and the item on each line, with tabs between. */
export function parseWireguardShow(
  texts: ReadonlyMap<string, string>,
  ownership: RoutingOwnership,
): WireguardDevices {
  const rows = (path: string, columns: number): readonly (readonly string[])[] =>
    withDevices(texts.get(path) ?? "", columns).filter(([dev = ""]) => ownership.devices.includes(dev));
  const byPeer = (path: string): ReadonlyMap<string, string> =>
    new Map(rows(path, 3).map(([dev, key, value = ""]) => [`${dev} ${key}`, value]));

  const marks = new Map(
    rows(HOST_PATHS.wireguardMarks, 2).map(([dev = "", mark = ""]) => [dev, toNumber(mark)]),
  );
  const publicKeys = new Map(
    rows(HOST_PATHS.wireguardPublicKeys, 2).map(([dev = "", key = ""]) => [
      dev,
      { publicKey: key === "(none)" ? "" : key },
    ]),
  );
  const endpoints = byPeer(HOST_PATHS.wireguardEndpoints);
  const allowedIps = byPeer(HOST_PATHS.wireguardAllowedIps);
  const keepAlive = byPeer(HOST_PATHS.wireguardKeepAlive);
  return {
    devices: new Map(
      rows(HOST_PATHS.wireguardPorts, 2).map(([dev = "", port = ""]) => [
        dev,
        { listenPort: toNumber(port), mark: marks.get(dev) ?? 0, ...publicKeys.get(dev) },
      ]),
    ),
    peers: rows(HOST_PATHS.wireguardPeers, 2).map(([dev = "", publicKey = ""]) => {
      const id = `${dev} ${publicKey}`;
      const [host, port] = splitEndpoint(endpoints.get(id) ?? "");
      return {
        dev,
        publicKey,
        // `(none)`: no peer of ours is without one, so this differs from whatever is wanted.
        endpoint: parseIp(host) ?? NO_ENDPOINT,
        port: toNumber(port),
        allowedIps: (allowedIps.get(id) ?? "")
          .split(" ")
          .flatMap((text) => parseCidr(text) ?? [])
          .toSorted(compareCidr),
        keepAlive: toNumber(keepAlive.get(id) ?? ""),
        note: "",
      };
    }),
  };
}

/** `wg show all endpoints` names a device before its first peer only: a line that is short of it goes on. */
function withDevices(text: string, columns: number): readonly (readonly string[])[] {
  let dev = "";
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const words = line.split("\t");
      if (words.length < columns) return [dev, ...words];
      dev = words[0] ?? "";
      return words;
    });
}

/** `off` and `(none)` are zero. */
function toNumber(text: string): number {
  const value = Number(text);
  return Number.isInteger(value) ? value : 0;
}
