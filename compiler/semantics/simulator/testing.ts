import { parseIp } from "../../net/ip.ts";
import type { Packet } from "../packet.ts";
import { UnreadableText } from "./program.ts";

/** The error that the read must end with. */
export function refusal(read: () => unknown): UnreadableText {
  try {
    read();
  } catch (cause) {
    if (cause instanceof UnreadableText) return cause;
    throw cause;
  }
  throw new Error("it was read without an error");
}

/** A new TCP connection to port 80 that is forwarded from `eth0` to `eth1`, but for what is given. */
export function packet(source: string, destination: string, given: Partial<Packet> = {}): Packet {
  return {
    source: parseIp(source)!,
    destination: parseIp(destination)!,
    protocol: 6,
    sourcePort: 40_000,
    destinationPort: 80,
    icmp: undefined,
    arrivesBy: "eth0",
    leavesBy: "eth1",
    ...given,
  };
}
