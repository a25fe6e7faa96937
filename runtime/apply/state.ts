import {
  type Artifact,
  type IptablesState,
  type KnownLines,
  noLines,
  parseIptables,
  printIptables,
  type RoutingState,
  routesBackend,
  type ShapingState,
  shapingBackend,
} from "../../compiler/index.ts";
import { withHookPositions } from "./hook-positions.ts";

/** Our part of one host, read from it or wanted for it. */
export interface HostState {
  /** Canonical, but that hooks keep their `position`. */
  readonly iptables: IptablesState;
  readonly routing: RoutingState;
  /** Bandwidth limits of workloads. */
  readonly shaping: ShapingState;
  /** Text of our `bird.conf`; `undefined` = the node takes no part in BGP. */
  readonly bird: string | undefined;
}

export const BIRD_CONF = "bird.conf";

/** Reads a bundle; throws `ParseError` for text that no bundle of this version has. `known`: see `parseIptables`. */
export function readBundle(artifacts: readonly Artifact[], known = noLines()): HostState {
  return {
    iptables: withHookPositions(parseIptables(artifacts, known), artifacts, "bundle"),
    routing: routesBackend.parse(artifacts),
    shaping: shapingBackend.parse(artifacts),
    bird: artifacts.find(({ path }) => path === BIRD_CONF)?.text,
  };
}

/** The other way round: `readBundle(printBundle(state))` is `state`. `known`: see `printIptables`. */
export function printBundle(state: HostState, node: string, known?: KnownLines): readonly Artifact[] {
  return [
    ...printIptables(state.iptables, node, known),
    ...routesBackend.print(state.routing, node),
    ...shapingBackend.print(state.shaping, node),
    ...(state.bird === undefined ? [] : [{ path: BIRD_CONF, text: state.bird }]),
  ];
}
