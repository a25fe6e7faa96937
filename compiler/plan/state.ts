import type { Artifact } from "../backends/backend.ts";
import { birdBackend } from "../backends/bird/index.ts";
import { BIRD_CONF } from "../backends/bird/print.ts";
import { type IptablesState, type KnownLines, noLines, parseIptables } from "../backends/iptables/index.ts";
import { routesBackend } from "../backends/routes/index.ts";
import { shapingBackend } from "../backends/shaping/index.ts";
import type { BirdConfig } from "../dataplane/bird.ts";
import type { RoutingState } from "../dataplane/routing.ts";
import type { ShapingState } from "../dataplane/shaping.ts";
import { type Headings, readHeadings } from "./headings.ts";

/** Everything of ours on one node, as the back ends understand it: from its files, or from the host itself. */
export interface DataplaneState {
  readonly iptables: IptablesState;
  readonly routing: RoutingState;
  readonly shaping: ShapingState;
  /** `undefined` = the node takes no part in BGP. */
  readonly bird: BirdConfig | undefined;
  /** What the files say each thing is for; a host does not know. */
  readonly headings: Headings;
}

/**
 * Reads a bundle; no files at all = nothing of ours. Two that are read with the same `known` lines share the rules that
 * they have in common. Throws `ParseError`.
 */
export function readDataplane(artifacts: readonly Artifact[], known: KnownLines = noLines()): DataplaneState {
  return {
    iptables: parseIptables(artifacts, known),
    routing: routesBackend.parse(artifacts),
    shaping: shapingBackend.parse(artifacts),
    bird: birdBackend.parse(artifacts),
    headings: readHeadings(artifacts),
  };
}

/** What was read from a host, whose `bird` is the text of its file. Throws `ParseError`. */
export function hostDataplane(
  host: Omit<DataplaneState, "bird" | "headings"> & { readonly bird: string | undefined },
): DataplaneState {
  const { iptables, routing, shaping, bird: text } = host;
  const bird = birdBackend.parse(text === undefined ? [] : [{ path: BIRD_CONF, text }]);
  return { iptables, routing, shaping, bird, headings: new Map() };
}
