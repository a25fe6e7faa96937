import { type BestRoute, formatCidr, formatIp, type RouteChange, type Way } from "../../../compiler/index.ts";
import type { BgpOfPlan } from "./bgp.ts";

/** The part `bgp` of `-o json`; null where no node speaks BGP. */
export function bgpJson(bgp: BgpOfPlan) {
  if (bgp.kind === "none") return null;
  if (bgp.kind === "not-compared") return { compared: false, reason: bgp.reason };
  const { speakers, outcomes } = bgp.diff;
  return {
    compared: true,
    outcomes: { before: outcomes[0], after: outcomes[1] },
    speakers: speakers.map(({ speaker, routes, sessions }) => ({
      speaker,
      sessions: sessions.map(({ session, peer, kind, why }) => ({
        session,
        peer: peer ?? null,
        becomes: kind,
        why: why ?? null,
      })),
      routes: routes.map(routeJson),
    })),
  };
}

function routeJson(change: RouteChange) {
  return {
    cidr: formatCidr(change.cidr),
    becomes: change.kind,
    was: "was" in change ? bestJson(change.was) : null,
    now: "now" in change ? bestJson(change.now) : null,
  };
}

function bestJson({ route, installed }: BestRoute) {
  return {
    protocol: route.protocol,
    learnedFrom: route.learned?.speaker ?? null,
    kernel: installed === undefined ? null : wayJson(installed),
  };
}

function wayJson(way: Way) {
  const hops = way.kind === "unicast" ? way.hops : [];
  return {
    kind: way.kind,
    hops: hops.map(({ dev, via }) => ({ dev, via: via === undefined ? null : formatIp(via) })),
  };
}
