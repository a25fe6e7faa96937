import { type Cidr, cidrOf, type Ip, maxLength } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { type RibRoute, UNREACHABLE, type Way } from "./route.ts";
import { hasAddress, type Speaker } from "./speaker.ts";

export interface Resolution {
  readonly way: Way;
  /** 0 for a connected network, `undefined` where the route says nothing of its cost. */
  readonly igpMetric: number | undefined;
}

const NOWHERE: Resolution = { way: UNREACHABLE, igpMetric: 0 };

/** Looks up the routes of one prefix, best first. */
export type Table = (cidr: Cidr) => readonly RibRoute[];

/**
 * Next hops of a speaker through its own table (`gateway recursive`; BIRD 2.0.12, `rt_update_hostentry`). Answers
 * are kept: `changed` tells which would be others now.
 */
export class NextHops {
  readonly #speaker: Speaker;
  readonly #table: Table;
  readonly #answers = new Map<string, { readonly ip: Ip; readonly resolution: Resolution }>();
  readonly #former = new Map<string, Resolution[]>();

  constructor(speaker: Speaker, table: Table) {
    this.#speaker = speaker;
    this.#table = table;
  }

  resolve(ip: Ip): Resolution {
    const key = formatIp(ip);
    const known = this.#answers.get(key);
    if (known !== undefined) return known.resolution;
    const resolution = this.#look(ip);
    this.#answers.set(key, { ip, resolution });
    return resolution;
  }

  /** What the answer was before it changed, while routes were still coming. */
  formerly(ip: Ip): readonly Resolution[] {
    return this.#former.get(formatIp(ip)) ?? [];
  }

  /** Looks up every answer anew. */
  refresh(): boolean {
    let changed = false;
    for (const [key, { ip, resolution }] of this.#answers) {
      const now = this.#look(ip);
      if (JSON.stringify(describe(now)) === JSON.stringify(describe(resolution))) continue;
      this.#answers.set(key, { ip, resolution: now });
      this.#former.set(key, [...(this.#former.get(key) ?? []), resolution]);
      changed = true;
    }
    return changed;
  }

  #look(ip: Ip): Resolution {
    for (let length = maxLength(ip.version); length >= 0; length--) {
      const routes = this.#table(cidrOf(ip, length));
      const [best] = routes;
      if (best !== undefined) return this.#through(ip, best, routes);
    }
    return NOWHERE;
  }

  #through(ip: Ip, best: RibRoute, routes: readonly RibRoute[]): Resolution {
    // A next hop must not depend on another one.
    if (routes.some(({ source, preference }) => source === "bgp" && preference >= best.preference))
      return NOWHERE;
    const igpMetric = best.source === "device" ? 0 : undefined;
    if (best.way.kind !== "unicast") return { way: best.way, igpMetric };
    if (best.way.hops.some(({ dev, via }) => via === undefined && hasAddress(this.#speaker, ip, dev)))
      return NOWHERE;
    const hops = best.way.hops.map(({ dev, via }) => ({ dev, via: via ?? ip }));
    return { way: { kind: "unicast", hops }, igpMetric };
  }
}

function describe({ way, igpMetric }: Resolution): readonly unknown[] {
  return [
    way.kind,
    igpMetric ?? "unknown",
    way.kind === "unicast" ? way.hops.map(({ dev, via }) => [dev, via && formatIp(via)]) : [],
  ];
}
