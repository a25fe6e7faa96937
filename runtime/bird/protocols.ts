import { askBird, type BirdLine } from "./socket.ts";

/** One protocol of the daemon, as `show protocols all` says. */
export interface BirdProtocol {
  readonly name: string;
  /** `BGP`, `Kernel`, `Static` … */
  readonly kind: string;
  /** `up`, `start`, `down`, `stop`. */
  readonly state: string;
  /** In the daemon's own format of time. */
  readonly since: string;
  /** `Established`, or what keeps it from that. */
  readonly info: string;
  /** Of a BGP session. */
  readonly bgp: BgpDetails | undefined;
  readonly channels: readonly BirdChannel[];
}

export interface BgpDetails {
  /** `Idle`, `Connect`, `Active`, `Passive`, `OpenSent`, `OpenConfirm`, `Established`, `Close`, `Down`. */
  readonly state: string;
  readonly neighborAddress: string;
  readonly neighborAs: number | undefined;
  readonly lastError: string | undefined;
}

export interface BirdChannel {
  /** `ipv4` or `ipv6`. */
  readonly name: string;
  readonly state: string;
  readonly imported: number;
  readonly exported: number;
}

/** Throws `BirdError`. */
export async function birdProtocols(socket: string): Promise<readonly BirdProtocol[]> {
  return readProtocols(await askBird(socket, "show protocols all"));
}

const ROW = "1002";
const DETAIL = "1006";

/** Reads the answer to `show protocols all` of BIRD 2. */
export function readProtocols(lines: readonly BirdLine[]): readonly BirdProtocol[] {
  const rows: { readonly row: string; readonly details: string[] }[] = [];
  for (const { code, text } of lines) {
    if (code === ROW) rows.push({ row: text, details: [] });
    else if (code === DETAIL) rows.at(-1)?.details.push(text);
  }
  return rows.map(({ row, details }) => readProtocol(row, details));
}

function readProtocol(row: string, details: readonly string[]): BirdProtocol {
  // With `timeformat protocol iso long` a time is a date and a time of day.
  const columns = /^(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\d{4}-\d\d-\d\d \S+|\S+)\s*(.*)$/.exec(row) ?? [];
  const [, name = "", kind = "", , state = "", since = "", info = ""] = columns;
  const detail = (key: string) =>
    details
      .map((line) => line.trim())
      .find((line) => line.startsWith(`${key}:`))
      ?.slice(key.length + 1)
      .trim();
  const bgpState = detail("BGP state");
  const neighborAs = detail("Neighbor AS");
  return {
    name,
    kind,
    state,
    since,
    info: info.trim(),
    bgp:
      bgpState === undefined
        ? undefined
        : {
            state: bgpState,
            neighborAddress: detail("Neighbor address") ?? "",
            neighborAs: neighborAs === undefined ? undefined : Number(neighborAs),
            lastError: detail("Last error"),
          },
    channels: readChannels(details),
  };
}

function readChannels(details: readonly string[]): readonly BirdChannel[] {
  const channels: { name: string; state: string; imported: number; exported: number }[] = [];
  for (const line of details) {
    const [, name] = /^\s*Channel (\S+)/.exec(line) ?? [];
    if (name !== undefined) channels.push({ name, state: "", imported: 0, exported: 0 });
    const channel = channels.at(-1);
    if (channel === undefined) continue;
    const [, state] = /^\s*State:\s+(\S+)/.exec(line) ?? [];
    if (state !== undefined) channel.state = state;
    const [, routes] = /^\s*Routes:\s+(.*)$/.exec(line) ?? [];
    if (routes === undefined) continue;
    channel.imported = Number(/(\d+) imported/.exec(routes)?.[1] ?? 0);
    channel.exported = Number(/(\d+) exported/.exec(routes)?.[1] ?? 0);
  }
  return channels;
}
