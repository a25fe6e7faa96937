import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import { cidrContains, parseCidr } from "../../net/cidr.ts";
import { validateLabelSelector } from "./label-selector.ts";
import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from "./network-policy.ts";

/**
 * What Kubernetes' API server demands of a NetworkPolicy beyond its schema (`ValidateNetworkPolicySpec`). Calico's
 * conversion, which comes later, would widen or drop a rule in some of these cases; here nothing gets that far.
 */
export function validateNetworkPolicySpec(spec: NetworkPolicySpec, origin: Origin, report: Report): void {
  validateLabelSelector(spec.podSelector, at(origin, "podSelector"), report);
  const governed = directionsOf(spec.policyTypes);
  for (const direction of ["ingress", "egress"] as const)
    if ((spec[direction] ?? []).length > 0 && !governed.includes(direction))
      report("policy/rules-ignored", { direction, field: "policyTypes" }, at(origin, direction));
  for (const [i, rule] of (spec.ingress ?? []).entries()) {
    checkPeers(rule.from, at(origin, "ingress", i, "from"), report);
    checkPorts(rule.ports, at(origin, "ingress", i, "ports"), report);
  }
  for (const [i, rule] of (spec.egress ?? []).entries()) {
    checkPeers(rule.to, at(origin, "egress", i, "to"), report);
    checkPorts(rule.ports, at(origin, "egress", i, "ports"), report);
  }
}

/** Nothing listed means ingress, even where there are egress rules. */
export function directionsOf(types: NetworkPolicySpec["policyTypes"]): readonly Direction[] {
  if (types === undefined || types.length === 0) return ["ingress"];
  const listed: Direction[] = [];
  if (types.includes("Ingress")) listed.push("ingress");
  if (types.includes("Egress")) listed.push("egress");
  return listed;
}

function checkPeers(peers: readonly NetworkPolicyPeer[] = [], origin: Origin, report: Report): void {
  for (const [i, peer] of peers.entries()) {
    const here = at(origin, i);
    const { ipBlock, podSelector, namespaceSelector } = peer;
    const selects = podSelector !== undefined || namespaceSelector !== undefined;
    if (ipBlock === undefined && !selects) {
      report(
        "resource/form",
        { value: "{}", expected: "a peer: give podSelector, namespaceSelector or ipBlock" },
        here,
      );
    }
    if (ipBlock !== undefined && selects) {
      const problem = "cannot stand beside podSelector or namespaceSelector";
      report(
        "kubernetes/invalid-value",
        { what: "ipBlock", value: ipBlock.cidr, problem },
        at(here, "ipBlock"),
      );
    }
    validateLabelSelector(podSelector, at(here, "podSelector"), report);
    validateLabelSelector(namespaceSelector, at(here, "namespaceSelector"), report);
    if (ipBlock !== undefined) checkIpBlock(ipBlock, at(here, "ipBlock"), report);
  }
}

function checkIpBlock(
  { cidr, except = [] }: NonNullable<NetworkPolicyPeer["ipBlock"]>,
  origin: Origin,
  report: Report,
): void {
  const block = checkNetwork(cidr, at(origin, "cidr"), report);
  for (const [i, text] of except.entries()) {
    const hole = checkNetwork(text, at(origin, "except", i), report);
    if (block === undefined || hole === undefined) continue;
    const inside = hole.version === block.version && hole.length > block.length && cidrContains(block, hole);
    if (inside) continue;
    const problem = `must be a strict part of ${cidr}`;
    report("kubernetes/invalid-value", { what: "network", value: text, problem }, at(origin, "except", i));
  }
}

/** The parsed network, or `undefined` after a report. A bare address is no network here. */
export function checkNetwork(text: string, origin: Origin, report: Report) {
  const cidr = text.includes("/") ? parseCidr(text) : undefined;
  if (cidr === undefined) {
    const problem = "is not a network such as 10.0.0.0/8";
    report("kubernetes/invalid-value", { what: "network", value: text, problem }, origin);
  }
  return cidr;
}

/** IANA service names: what containers may call their ports. */
export function portNameProblem(name: string): string | undefined {
  const valid = name.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name);
  return valid
    ? undefined
    : "must be a port number, or a name of at most 15 lower case letters, digits and single '-', with a letter";
}

function checkPorts(ports: readonly NetworkPolicyPort[] = [], origin: Origin, report: Report): void {
  for (const [i, { port, endPort }] of ports.entries()) {
    const here = at(origin, i);
    const numeric = typeof port === "number" || (port !== undefined && /^\d+$/.test(port));
    const problem =
      port === undefined ? undefined : numeric ? numberProblem(Number(port)) : portNameProblem(`${port}`);
    if (problem !== undefined) {
      report("kubernetes/invalid-value", { what: "port", value: String(port), problem }, at(here, "port"));
    }
    const endProblem =
      endPort === undefined ? undefined : endPortProblem(numeric ? Number(port) : undefined, endPort);
    if (endProblem !== undefined) {
      const params = { what: "endPort", value: String(endPort), problem: endProblem };
      report("kubernetes/invalid-value", params, at(here, "endPort"));
    }
  }
}

function numberProblem(port: number): string | undefined {
  return port >= 1 && port <= 65535 ? undefined : "must be between 1 and 65535";
}

function endPortProblem(port: number | undefined, endPort: number): string | undefined {
  if (port === undefined) return "needs a numeric port beside it";
  return endPort >= port ? undefined : `must not be less than the port ${port}`;
}
