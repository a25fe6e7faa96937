import type { ClusterModel, PolicyRule } from "../../ir/cluster-model.ts";
import { formatCidr } from "../../net/cidr.ts";
import type { RuleList } from "../evaluator/program.ts";
import type { Reason } from "../evaluator/verdict.ts";
import type { PointMet } from "./follow.ts";

/** Where something stands in the resources: file, and line from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** `undefined` for what stands in no file, as built-in tiers and profiles do. */
export type Where = (origin: PolicyRule["origin"]) => Place | undefined;

/** `pod shop/api-0`, `host endpoint eth0-of-db`. */
export function endpointWords(model: ClusterModel, key: string): string {
  const workload = model.all("workload-endpoint").get(key);
  if (workload !== undefined)
    return `${workload.orchestrator === "k8s" ? "pod" : "workload"} ${workload.workload}`;
  return `host endpoint ${model.all("host-endpoint").get(key)?.name ?? key}`;
}

/** `NetworkPolicy shop/api`, `profile kns.shop`. */
export function listWords(model: ClusterModel, of: RuleList["of"]): string {
  if (of.kind === "profile") return `profile ${of.profile}`;
  const policy = model.all("policy").get(of.policy);
  return policy === undefined ? of.policy : policyWords(policy);
}

type Named = Pick<Parameters<Where>[0], "resource">;

/** By the resource that people wrote: several kinds become policies. */
export function policyWords(policy: {
  readonly policyKind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: Named;
}): string {
  const { kind, namespace, name } = policy.origin.resource ?? { ...policy, kind: policy.policyKind };
  const isKubernetes = policy.policyKind === "KubernetesNetworkPolicy";
  return `${isKubernetes ? "Kubernetes " : ""}${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}

/** `ingress rule 2`, counted as in the resource; one resource's rule may have become several. */
export function ruleWords({ origin: { path } }: PolicyRule): string {
  const at = path.findLastIndex((step) => step === "ingress" || step === "egress");
  const index = path[at + 1];
  return typeof index === "number" ? `${path[at]} rule ${index + 1}` : "a built-in rule";
}

const WORDS = { allow: "allowed", deny: "denied", continue: "goes on" } as const;

/** What the point said and why, in one line. */
export function reasonWords(model: ClusterModel, { point, action, reason }: PointMet): string {
  if (reason.kind === "no-rule-matched")
    return point === "source-address"
      ? "goes on: the source address is the endpoint's own"
      : "goes on: no rule decided, so the points after this one do";
  return `${WORDS[action]}${because(model, reason)}`;
}

function because(model: ClusterModel, reason: Exclude<Reason, { readonly kind: "no-rule-matched" }>): string {
  switch (reason.kind) {
    case "rule":
      return ` by ${ruleWords(reason.rule)} of ${listWords(model, reason.list)}`;
    case "end-of-tier":
      return ` at the end of tier ${reason.tier}: its policies select the endpoint, and none of them decided`;
    case "no-profile-matched":
      return ": no policy decided, and no profile allows it";
    case "missing-profile":
      return `: there is no profile ${reason.profile}, which the endpoint names`;
    case "no-forward-policy":
      return ": no applyOnForward policy is for this host endpoint in this direction";
    case "failsafe-port":
      return ": a failsafe port, open whatever policy says";
    case "unknown-interface":
      return `: no workload is known at interface ${reason.interfaceName}`;
    case "spoofed-source":
      return ": the source address is none of the endpoint's";
    case "encapsulated-by-workload":
      return ": workloads may not send packets of VXLAN or IPIP";
    case "neighbour-discovery":
      return ": neighbour discovery, which every interface needs";
    case "setting":
      return `: defaultEndpointToHostAction is ${reason.value}`;
    case "service-range":
      return `: nothing translated this address of the services' range ${formatCidr(reason.cidr)}, and it would come back`;
    case "between-hosts":
      return ": a tunnel between hosts of the cluster";
    case "not-a-known-host":
      return ": a tunnel's packet, but from no host of the cluster";
    case "established":
      return ": the connection was let through when it began";
    case "invalid-connection":
      return ": connection tracking makes nothing of the packet";
  }
}
