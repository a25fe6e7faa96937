import { hash } from "node:crypto";
import type { Direction } from "../../ir/cluster-model.ts";
import { lengthLimitedId } from "../../ir/ids.ts";
import type { PolicyUse } from "../../ir/node-ir.ts";
import type { IpVersion } from "../../net/cidr.ts";

/** The kernel has 29 bytes for a chain's name, one of them NUL. */
const MAX_CHAIN_NAME = 28;
/** `IPSET_MAXNAMELEN` less the closing NUL. */
const MAX_SET_NAME = 31;

/** The name under which the interface trees know the all-interfaces host endpoint. */
export const ANY_INTERFACE = "any-interface-at-all";

/**
 * Families of chains, by prefix (Calico reference §3.1). "to" and "from" are the endpoint's: `to-workload` is its
 * ingress, `to-host` what the host sends out of the interface.
 */
const PREFIXES = {
  "to-workload": "cali-tw-",
  "from-workload": "cali-fw-",
  "to-host": "cali-th-",
  "from-host": "cali-fh-",
  "to-host-forward": "cali-thfw-",
  "from-host-forward": "cali-fhfw-",
  "set-mark": "cali-sm-",
  "policy-ingress": "cali-pi-",
  "policy-egress": "cali-po-",
  "profile-ingress": "cali-pri-",
  "profile-egress": "cali-pro-",
} as const;

/** What Calico's API allows in the names that chains are called after; the rest could end a word in a restore file. */
const SAFE_SUFFIX = /^[A-Za-z0-9_./:@-]*$/;

export function chainName(family: keyof typeof PREFIXES, suffix: string): string {
  // A suffix that is too long is hashed, and a hash is safe.
  const content = SAFE_SUFFIX.test(suffix) ? suffix : suffix.padEnd(MAX_CHAIN_NAME, "\0");
  return lengthLimitedId(PREFIXES[family], content, MAX_CHAIN_NAME);
}

/** Of an endpoint, by its interface; `*` stands for all interfaces. */
export function interfaceChain(family: keyof typeof PREFIXES, interfaceName: string): string {
  return chainName(family, interfaceName === "*" ? ANY_INTERFACE : interfaceName);
}

export function policyChain(direction: Direction, id: string): string {
  return chainName(direction === "ingress" ? "policy-ingress" : "policy-egress", id);
}

export function profileChain(direction: Direction, name: string): string {
  return chainName(direction === "ingress" ? "profile-ingress" : "profile-egress", name);
}

/** Everything in a group shares one selector; staged policies count in its name though they have no rule. */
export function groupChain(direction: Direction, policies: readonly PolicyUse[]): string {
  const text = [
    policies[0]?.selector ?? "",
    direction === "ingress" ? "inbound" : "outbound",
    `${policies.length}`,
    ...policies.map(({ id }) => {
      const { kind, namespace, name } = policyIdentity(id);
      return `{Name: ${name}, Namespace: ${namespace}, Kind: ${kind}}`;
    }),
  ].map((line) => `${line}\n`);
  const digest = hash("sha3-224", text.join(""), "base64url");
  return `cali-g${direction === "ingress" ? "i" : "o"}-${digest.slice(0, 20)}`;
}

const KINDS: Readonly<Record<string, string>> = {
  np: "NetworkPolicy",
  gnp: "GlobalNetworkPolicy",
  snp: "StagedNetworkPolicy",
  sgnp: "StagedGlobalNetworkPolicy",
  sknp: "StagedKubernetesNetworkPolicy",
  knp: "KubernetesNetworkPolicy",
  kcnp: "KubernetesClusterNetworkPolicy",
};

/** Takes a `PolicyId` apart: short kind, namespace where there is one, name. */
export function policyIdentity(id: string): {
  readonly shortKind: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  const [shortKind = "", ...rest] = id.split("/");
  const name = rest.at(-1) ?? "";
  return { shortKind, kind: KINDS[shortKind] ?? shortKind, namespace: rest.slice(0, -1).join("/"), name };
}

/** The kernel's name of a set of ours. */
export function setName(version: IpVersion, id: string): string {
  return `cali${version}0${id}`.slice(0, MAX_SET_NAME);
}
