export { IPIP, SCTP, TCP, UDP } from "../condition.ts";
export type { Packet } from "../packet.ts";
