import type { ClusterModel } from "../../ir/cluster-model.ts";
import { cidrContainsIp, type Ip, type IpVersion, ipOf } from "../../net/cidr.ts";
import { type End, type EndProblem, type Found, findEnd, nodeOf } from "./ends.ts";

/** What is asked: between whom, and optionally which IP version and on which node only. */
export interface Ends {
  readonly from: string;
  readonly to: string;
  readonly node: string | undefined;
  readonly version: IpVersion | undefined;
}

/** Which nodes a packet crosses, and in which order. */
export interface Crossing {
  readonly from: End;
  readonly to: End;
  readonly source: Ip;
  readonly destination: Ip;
  /** The sender's node, then the receiver's; none after the last that is judged. */
  readonly nodes: readonly string[];
  /** Of these the one that was asked for, or all. One before it is run through for what it does to the packet. */
  readonly judged: readonly string[];
}

export type CrossingProblem =
  | { readonly kind: "end"; readonly which: "from" | "to"; readonly problem: EndProblem }
  | { readonly kind: "no-common-version"; readonly version: IpVersion | undefined }
  /** Both ends are outside: nothing tells which node the packet passes. */
  | { readonly kind: "crosses-no-node" }
  | { readonly kind: "not-on-the-way"; readonly node: string; readonly nodes: readonly string[] }
  | { readonly kind: "unknown-node"; readonly name: string; readonly known: readonly string[] };

/** Finds both ends, an IP version that they share, and the nodes between them. */
export function findCrossing(model: ClusterModel, asked: Ends): Found<Crossing, CrossingProblem> {
  const { node } = asked;
  const known = [...model.all("node").keys()];
  if (node !== undefined && !known.includes(node))
    return { ok: false, problem: { kind: "unknown-node", name: node, known } };
  const only = node ?? (known.length === 1 ? known[0] : undefined);
  // `host` is that of the other end's node; so the other end is looked for first.
  const hint = (other: string) => {
    const end = other === "host" ? undefined : findEnd(model, other, only);
    return (end?.ok ? nodeOf(end.found) : undefined) ?? only;
  };
  const from = findEnd(model, asked.from, hint(asked.to));
  if (!from.ok) return { ok: false, problem: { kind: "end", which: "from", problem: from.problem } };
  const to = findEnd(model, asked.to, hint(asked.from));
  if (!to.ok) return { ok: false, problem: { kind: "end", which: "to", problem: to.problem } };

  const addresses = commonVersion(senderOf(from.found), to.found, asked.version);
  if (addresses === undefined)
    return { ok: false, problem: { kind: "no-common-version", version: asked.version } };
  const nodes = [...new Set([nodeOf(from.found), nodeOf(to.found)])].filter((name) => name !== undefined);
  if (node !== undefined && nodes.length > 0 && !nodes.includes(node))
    return { ok: false, problem: { kind: "not-on-the-way", node, nodes } };
  const judged = node === undefined ? nodes : [node];
  const last = judged.at(-1);
  if (last === undefined) return { ok: false, problem: { kind: "crosses-no-node" } };
  const crossed = nodes.length === 0 ? judged : nodes.slice(0, nodes.indexOf(last) + 1);
  return { ok: true, found: { from: from.found, to: to.found, ...addresses, nodes: crossed, judged } };
}

/** Nobody sends from a floating address. */
function senderOf(from: End): End {
  if (from.kind !== "workload") return from;
  const { addresses } = from.workload;
  const isOwn = from.addresses.every((ip) => addresses.some((cidr) => cidrContainsIp(cidr, ip)));
  return isOwn ? from : { ...from, addresses: addresses.map(ipOf) };
}

/** IPv4 before IPv6, unless one is asked for. */
function commonVersion(
  from: End,
  to: End,
  wanted: IpVersion | undefined,
): { readonly source: Ip; readonly destination: Ip } | undefined {
  for (const version of [4, 6] as const) {
    if (wanted !== undefined && wanted !== version) continue;
    const [source, destination] = [from, to].map(({ addresses }) =>
      addresses.find((ip) => ip.version === version),
    );
    if (source !== undefined && destination !== undefined) return { source, destination };
  }
  return undefined;
}
