import type { BirdConfig } from "../../dataplane/bird.ts";
import { type Cidr, cidrContainsIp, cidrOf, type Ip } from "../../net/cidr.ts";
import type { Hop, Way } from "./route.ts";

/** A router as BIRD sees it: its configuration, its interfaces, and the routes that others gave to its kernel. */
export interface Speaker {
  readonly name: string;
  readonly config: BirdConfig;
  readonly interfaces: readonly SpeakerInterface[];
  /** Main table, without those of protocols `kernel` and `bird`. */
  readonly kernelRoutes: readonly KernelRoute[];
}

/** An interface that is up, and takes many neighbours. */
export interface SpeakerInterface {
  readonly name: string;
  readonly addresses: readonly { readonly ip: Ip; readonly length: number }[];
}

export interface KernelRoute {
  readonly cidr: Cidr;
  readonly way: Way;
  readonly metric: number;
  /** `rtm_protocol`: 3 is boot, 80 Felix's cluster routes. */
  readonly protocol: number;
}

const RTPROT_BOOT = 3;
/** What IPv6 kernels give to a route without a metric. */
export const IPV6_METRIC = 1024;

/** A route that an administrator has set. */
export function administratorsRoute(cidr: Cidr, hop: Hop): KernelRoute {
  return {
    cidr,
    way: { kind: "unicast", hops: [hop] },
    metric: cidr.version === 4 ? 0 : IPV6_METRIC,
    protocol: RTPROT_BOOT,
  };
}

/** Whether the address is one of the speaker's own, on any interface or on the one named. */
export function hasAddress({ interfaces }: Pick<Speaker, "interfaces">, ip: Ip, dev?: string): boolean {
  return interfaces.some(
    ({ name, addresses }) =>
      (dev === undefined || name === dev) && addresses.some((own) => sameIp(own.ip, ip)),
  );
}

/** The interface whose network holds the address. */
export function interfaceTowards(
  { interfaces }: Pick<Speaker, "interfaces">,
  ip: Ip,
): SpeakerInterface | undefined {
  return interfaces.find(({ addresses }) =>
    addresses.some((own) => cidrContainsIp(cidrOf(own.ip, own.length), ip)),
  );
}

/** The address that the kernel gives to packets towards `ip`: of the connected network, else of the default route. */
export function addressTowards(speaker: Speaker, ip: Ip): Ip | undefined {
  const connected = interfaceTowards(speaker, ip);
  if (connected !== undefined)
    return connected.addresses.find((own) => cidrContainsIp(cidrOf(own.ip, own.length), ip))?.ip;
  const route = speaker.kernelRoutes
    .filter(({ cidr, way }) => way.kind === "unicast" && cidrContainsIp(cidr, ip))
    .sort((a, b) => b.cidr.length - a.cidr.length || a.metric - b.metric)[0];
  const hop = route?.way.kind === "unicast" ? route.way.hops[0] : undefined;
  return speaker.interfaces
    .find(({ name }) => name === hop?.dev)
    ?.addresses.find((own) => own.ip.version === ip.version)?.ip;
}

/** Prefix length of the host's own route to an address, without BGP; -1 = it has none. */
export function underlayLength(speaker: Speaker, ip: Ip): number {
  const connected = speaker.interfaces
    .flatMap(({ addresses }) => addresses)
    .filter((own) => cidrContainsIp(cidrOf(own.ip, own.length), ip));
  const routed = speaker.kernelRoutes.filter(({ cidr }) => cidrContainsIp(cidr, ip));
  return Math.max(-1, ...connected.map(({ length }) => length), ...routed.map(({ cidr }) => cidr.length));
}

export function sameIp(a: Ip, b: Ip): boolean {
  return a.version === b.version && a.value === b.value;
}
