import { BGP_RESOURCE_CODES } from "./network/bgp-resource.ts";
import { FELIX_CODES } from "./network/felix.ts";
import { NODE_CODES } from "./network/node.ts";
import { POOL_CODES } from "./network/pool.ts";
import { REFERENCE_CODES } from "./network/reference.ts";
import { VALUE_CODES } from "./network/value.ts";

/** The network resources: pools, blocks, nodes, BGP, Felix, and what leads from one resource to another. */
export const NETWORK_CODES = {
  ...VALUE_CODES,
  ...POOL_CODES,
  ...NODE_CODES,
  ...BGP_RESOURCE_CODES,
  ...FELIX_CODES,
  ...REFERENCE_CODES,
} as const;
