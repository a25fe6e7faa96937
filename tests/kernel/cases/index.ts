import type { Revision } from "./case.ts";
import { SELECTOR_CASES } from "./sheet/members.ts";
import { MATCH_BLOCK_CASES, NETWORK_CASES } from "./sheet/networks.ts";
import { NAMED_PORT_CASES, PORT_CASES, SERVICE_CASES } from "./sheet/ports.ts";
import { ICMP_CASES, PROTOCOL_CASES } from "./sheet/protocols.ts";

/** Every statement of the sheets that packets can show, in the order of rules, policies, hosts. */
export const REVISIONS: readonly Revision[] = [
  ...PROTOCOL_CASES,
  ...ICMP_CASES,
  ...NETWORK_CASES,
  ...MATCH_BLOCK_CASES,
  ...PORT_CASES,
  ...NAMED_PORT_CASES,
  ...SERVICE_CASES,
  ...SELECTOR_CASES,
];
