import type { KernelProtocol } from "../../dataplane/bird.ts";
import { cidrKey } from "../../net/cidr.ts";
import { compareIp, formatIp } from "../../net/ip.ts";
import { compareText, isMergeable } from "./choose.ts";
import type { FilterProgram } from "./filter.ts";
import { type Hop, isReachable, type RibRoute, type Way } from "./route.ts";
import type { Speaker } from "./speaker.ts";

/** BIRD's default for `merge paths on`. */
const MERGE_LIMIT = 16;

/** A route that BIRD gives to the kernel. */
export interface InstalledRoute {
  readonly cidr: RibRoute["cidr"];
  readonly way: Way;
  readonly metric: number;
}

/** `contested`: somebody else's route has the key. BIRD cannot add its own, and takes the place once that changes. */
export interface Installation {
  readonly route: InstalledRoute;
  readonly contested: boolean;
}

/** What of one prefix's routes, best first, is to reach the kernel (BIRD 2.0.12, `rt_export_merged`). */
export function installation(
  routes: readonly RibRoute[],
  kernel: KernelProtocol,
  speaker: Speaker,
  program: FilterProgram,
): Installation | undefined {
  const [best, ...others] = routes;
  if (best === undefined || best.cidr.version !== kernel.version || best.source === "kernel")
    return undefined;
  const chosen = program.run(kernel.export, best);
  if (chosen === undefined) return undefined;
  const contested = isTaken(best, kernel, speaker);
  const route = { cidr: best.cidr, way: chosen.way, metric: kernel.metric };
  if (chosen.way.kind !== "unicast") return { route, contested };
  const merged = others
    .filter((other) => isMergeable(best, other))
    .flatMap((other) => program.run(kernel.export, other) ?? [])
    .filter(isReachable);
  return { route: { ...route, way: { kind: "unicast", hops: hopsOf([chosen, ...merged]) } }, contested };
}

function isTaken({ cidr }: RibRoute, kernel: KernelProtocol, speaker: Speaker): boolean {
  return speaker.kernelRoutes.some(
    (route) =>
      route.metric === kernel.metric &&
      route.cidr.version === cidr.version &&
      cidrKey(route.cidr) === cidrKey(cidr),
  );
}

/** Of too many, those with the lowest gateways (`nexthop_merge`). */
function hopsOf(routes: readonly RibRoute[]): readonly Hop[] {
  const hops = new Map<string, Hop>();
  for (const { way } of routes)
    if (way.kind === "unicast") for (const hop of way.hops) hops.set(hopText(hop), hop);
  return [...hops.values()].sort(compareHops).slice(0, MERGE_LIMIT);
}

function compareHops(a: Hop, b: Hop): number {
  if (a.via === undefined || b.via === undefined)
    return Number(b.via === undefined) - Number(a.via === undefined);
  return compareIp(a.via, b.via) || compareText(a.dev, b.dev);
}

export function hopText({ dev, via }: Hop): string {
  return via === undefined ? `dev ${dev}` : `via ${formatIp(via)} dev ${dev}`;
}
