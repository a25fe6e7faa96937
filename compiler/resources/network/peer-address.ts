import type { Ip } from "../../net/cidr.ts";
import { parseHostIp } from "../../net/ip.ts";

export interface PeerAddress {
  readonly ip: Ip;
  readonly port: number | undefined;
}

const BRACKETED = /^\[([^\]]*)\](?::(\d{1,5}))?$/;
const WITH_PORT = /^([^:]*):(\d{1,5})$/;

/** `10.0.0.1`, `10.0.0.1:1790`, `fd00::1`, `[fd00::1]:1790`; ports are 1–65535. */
export function parsePeerAddress(text: string): PeerAddress | undefined {
  const parts = BRACKETED.exec(text) ?? WITH_PORT.exec(text);
  const ip = parseHostIp(parts?.[1] ?? text);
  const port = parts?.[2] === undefined ? undefined : Number(parts[2]);
  const bracketed = text.startsWith("[");
  if (ip === undefined || (bracketed && ip.version === 4)) return undefined;
  return port !== undefined && (port < 1 || port > 65535) ? undefined : { ip, port };
}
