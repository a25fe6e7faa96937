import type { Ip } from "../net/cidr.ts";

/** A packet as one host meets it. Source and destination are of one IP version. */
export interface Packet {
  readonly source: Ip;
  readonly destination: Ip;
  /** IANA number. */
  readonly protocol: number;
  /** `undefined` for a protocol without ports. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  /** Of an ICMP packet in IPv4, an ICMPv6 one in IPv6. */
  readonly icmp: { readonly type: number; readonly code: number } | undefined;
  /** Interface that it comes in by; `undefined` = a process of the host sends it. */
  readonly arrivesBy: string | undefined;
  /** Where the host's routes lead to, unless the destination is the host itself or a workload on it. */
  readonly leavesBy: string;
  /** Bits of the mark that others have set before; none when absent. */
  readonly mark?: number;
  /** What the host knows of the connection; a new one when absent. */
  readonly connection?: ConnectionState;
  /** Where others (kube-proxy) redirect it to, if they do: after pre-DNAT policy, before routing. */
  readonly redirected?: {
    readonly destination: Ip;
    readonly destinationPort: number | undefined;
    /** Where the host's routes lead to then; as before when absent. */
    readonly leavesBy?: string;
  };
}

/** `related`: a connection of its own that belongs to an established one, as an ICMP error does. */
export type ConnectionState = "new" | "established" | "related" | "invalid";
