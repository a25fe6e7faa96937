import { type RoutingChange, type RoutingState, sortRoutingState } from "../../dataplane/routing.ts";
import type { RoutingOwnership } from "../../ir/routing-ir.ts";
import type { Artifact, Backend } from "../backend.ts";
import { diffRouting } from "./diff.ts";
import { emitRouting } from "./emit.ts";
import { DEFAULT_OWNERSHIP } from "./ownership.ts";
import { parseBundle } from "./parse-batch.ts";
import { parseHost } from "./parse-host.ts";
import { printRouting } from "./print.ts";

export { answersIn, HOST_QUERIES, type HostQuery } from "./host-queries.ts";
export { sysctlQuery } from "./parse-host.ts";

/**
 * Links, addresses, neighbours, forwarding entries, rules, routes and sysctls: `ip.batch`, `ip6.batch`,
 * `bridge.batch`, `sysctl.conf`, `wireguard/<dev>.conf`.
 */
export const routesBackend: Backend<RoutingState, RoutingChange> = {
  name: "routes",
  emit: (ir, context) => emitRouting(ir.routing, ir.node, context),
  print: printRouting,
  parse: (artifacts) =>
    artifacts.some(({ path }) => path.startsWith("host/"))
      ? readRouting(artifacts, DEFAULT_OWNERSHIP)
      : sortRoutingState(parseBundle(artifacts)),
  diff: diffRouting,
};

/** Our part of a host's state, from the answers to `HOST_QUERIES`. `ownership` is that of the node's IR. */
export function readRouting(answers: readonly Artifact[], ownership: RoutingOwnership): RoutingState {
  return sortRoutingState(parseHost(answers, ownership));
}
