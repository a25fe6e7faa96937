/**
 * Where Calico's dataplane is surprising, and what this project decided that such policies mean (sheet "Quirks",
 * dataplane §13, by its numbers). None is a switch for users.
 */

/** Kept (2): a list of networks, negated or not, that has none of a packet's family keeps the rule from matching it. */
export const NETS_BIND_THE_RULE_TO_THEIR_FAMILIES: boolean = true;

/** Fixed (3): forwarding is allowed in each direction that has no policy, also where the other one has some. */
export const FORWARDING_WITHOUT_POLICY = "allow";

/** Kept (10): a policy that only logs still closes its tier; staged ones never do. */
export const LOG_ONLY_POLICIES_CLOSE_THEIR_TIER: boolean = true;

/** Kept (11): which policy of the all-interfaces host endpoint polices packets on workloads' interfaces. */
export const WILDCARD_POLICES_WORKLOAD_INTERFACES = {
  "pre-dnat": true,
  forward: true,
  host: false,
  untracked: false,
} as const;

/** Kept (11): untracked policy of the all-interfaces host endpoint has no effect on any interface. */
export const WILDCARD_HAS_UNTRACKED_POLICY: boolean = false;

/** Kept (12): the host reaches its own workloads whatever their policy says, so that health probes always work. */
export const HOST_TO_WORKLOAD_IS_POLICED: boolean = false;

/** Kept (12): what a workload sends to its own host never meets the host endpoint's ingress policy. */
export const WORKLOAD_TO_HOST_MEETS_HOST_ENDPOINTS: boolean = false;

/** Kept (17): of several workloads on one interface only the first by id is served. */
export const SHADOWED_WORKLOADS_ARE_SERVED: boolean = false;

/** Kept (19): what a tier does by default that no resource describes. */
export const MISSING_TIER_ACTION = "deny";

/** Kept (20): a workload that asks for foreign source addresses on a node that forbids it is as good as absent. */
export const INVALID_WORKLOADS_ARE_SERVED: boolean = false;

/** Kept (30): the all-interfaces host endpoint polices what the host sends to itself. */
export const WILDCARD_POLICES_LOOPBACK: boolean = true;

/**
 * Kept: the first endpoint that a known connection's packet meets accepts it for good (dataplane §3.2), also past
 * the prevention of service loops.
 */
export const ESTABLISHED_SKIPS_SERVICE_LOOP: boolean = true;
