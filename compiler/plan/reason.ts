import type { Reason } from "./change.ts";

/** Headings that name a resource, and how it is called then. */
const RESOURCES: readonly (readonly [RegExp, (...names: string[]) => string])[] = [
  [/^Policy (\S+) (\S+) (?:ingress|egress)\b/, (kind, name) => `${kind} ${name}`],
  [/^Profile (\S+) (?:ingress|egress)\b/, (name) => `Profile ${name}`],
  [/^(?:From|To) workload (.+)$/, (name) => `Workload ${name}`],
  [/^(?:from-workload|to-workload|Workload) (.+)$/, (name) => `Workload ${name}`],
  [/^Host endpoint (\S+) on /, (name) => `HostEndpoint ${name}`],
  [/^Pool (\S+) \(/, (name) => `IPPool ${name}`],
  [/^Tunnel .+, node (\S+)$/, (name) => `Node ${name}`],
  [/^Setting (.+)$/, (name) => `Felix setting ${name}`],
  [/^BGPPeer ([^\s:]+)/, (name) => `BGPPeer ${name}`],
  [/^BGPFilter (\S+), /, (name) => `BGPFilter ${name}`],
  [/^Node mesh: node (\S+)$/, (name) => `Node ${name}`],
];

export const UNKNOWN = "not in the resources";

export function reasonOf(heading: string): Reason {
  // Some headings are sentences; here they stand before a colon.
  const words = heading.replace(/\.$/, "");
  return { heading, resource: resourceOf(heading) ?? (words === "" ? UNKNOWN : words) };
}

/** `undefined` = the heading says what a thing is for, and names no resource. */
export function resourceOf(heading: string): string | undefined {
  for (const [pattern, name] of RESOURCES) {
    const found = pattern.exec(heading);
    if (found !== null) return name(...found.slice(1));
  }
  return undefined;
}

/** The endpoint that the chain below this heading is of. */
export function endpointOf(heading: string): string | undefined {
  return /^(From workload|To workload|Host endpoint) /.test(heading) ? resourceOf(heading) : undefined;
}
