/** What one node must have as links, addresses, neighbours, forwarding entries, rules, routes and sysctls. */
export interface RoutingIr {
  readonly routes: readonly never[];
}
