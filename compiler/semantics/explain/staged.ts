import type { ClusterModel, ModelKind, ModelOf, Policy, PolicyKind } from "../../ir/cluster-model.ts";
import { Host } from "../evaluator/host.ts";
import { membership } from "../evaluator/members.ts";
import { tiersInForce } from "../evaluator/policy-order.ts";
import type { EnforcementPoint } from "../evaluator/verdict.ts";
import type { Packet } from "../packet.ts";
import { askList, followPacket, type PointMet } from "./follow.ts";
import { type AskedTrace, askedTrace } from "./point-trace.ts";
import { endpointWords, reasonWords, type Where } from "./words.ts";

/** What the staged policies say of the packet; none of them is enforced. Plain data. */
export interface StagedTrace {
  readonly policies: readonly StagedPolicyTrace[];
  /** What would become of the packet if all of them were enforced. */
  readonly ifEnforced: {
    readonly verdict: "allow" | "deny";
    /** The last word about it, with its point. */
    readonly words: string;
  };
}

export interface StagedPolicyTrace extends AskedTrace {
  readonly point: EnforcementPoint;
  readonly endpoint: string;
  /** If it were enforced, it would be asked; else an earlier one decides. */
  readonly isReached: boolean;
}

/** `undefined` where no staged policy selects an endpoint at a point on the packet's way. */
export function stagedTrace(
  host: Host,
  packet: Packet,
  met: readonly PointMet[],
  where: Where,
): StagedTrace | undefined {
  if (![...host.model.all("policy").values()].some(({ staged }) => staged)) return undefined;
  const enforced = new Host(withStagedEnforced(host.model), host.settings, host.node);
  const isMember = membership(enforced.sets);
  const { journey, isAllowed, met: metEnforced } = followPacket(enforced, packet);
  const policies = pointsOf([...met, ...metEnforced]).flatMap(({ point, endpoint }) =>
    stagedAt(host, point, endpoint).map((policy) => {
      const direction = point.endsWith("ingress") ? "ingress" : "egress";
      const list = enforced.policies.rules(
        { kind: "policy", tier: policy.tier, policy: policy.key },
        direction,
        policy[direction],
        journey.route.version,
      );
      const header =
        point.startsWith("untracked") || point.startsWith("pre-dnat") ? packet : journey.translated;
      return {
        point,
        endpoint: endpointWords(host.model, endpoint),
        isReached: metEnforced.some(
          (each) => each.point === point && each.asked.some((asked) => asked.list === list),
        ),
        ...askedTrace(host.model, journey.route.version, askList(list, header, isMember), where),
      };
    }),
  );
  if (policies.length === 0) return undefined;
  const last = metEnforced.at(-1);
  return {
    policies,
    ifEnforced: {
      verdict: isAllowed ? "allow" : "deny",
      words:
        last === undefined
          ? "nothing here polices it"
          : `${last.point}: ${reasonWords(enforced.model, last)}`,
    },
  };
}

type PolicedPoint = { readonly point: EnforcementPoint; readonly endpoint: string };

/** Each point once where policy is asked. */
function pointsOf(met: readonly PointMet[]): readonly PolicedPoint[] {
  const points = new Map<string, PolicedPoint>();
  for (const { point, endpoint } of met)
    if (endpoint !== undefined && /-(in|e)gress$/.test(point))
      points.set(`${point} ${endpoint}`, { point, endpoint });
  return [...points.values()];
}

/** The staged policies that would be asked at the point, in the order of evaluation. */
function stagedAt({ model }: Host, point: EnforcementPoint, endpoint: string): readonly Policy[] {
  const labelled = model.all("workload-endpoint").get(endpoint) ?? model.all("host-endpoint").get(endpoint);
  if (labelled === undefined) return [];
  const direction = point.endsWith("ingress") ? "ingress" : "egress";
  return tiersInForce(withStagedEnforced(model), labelled, direction, (policy) => isAskedAt(point, policy))
    .flatMap(({ policies }) => policies)
    .filter(({ key }) => model.all("policy").get(key)?.staged);
}

function isAskedAt(
  point: EnforcementPoint,
  { doNotTrack, preDnat, applyOnForward }: Pick<Policy, "doNotTrack" | "preDnat" | "applyOnForward">,
): boolean {
  if (point.startsWith("untracked")) return doNotTrack;
  if (point.startsWith("pre-dnat")) return preDnat;
  return !doNotTrack && !preDnat && (applyOnForward || !point.startsWith("forward"));
}

const ENFORCED_KIND: Readonly<Partial<Record<PolicyKind, PolicyKind>>> = {
  StagedNetworkPolicy: "NetworkPolicy",
  StagedGlobalNetworkPolicy: "GlobalNetworkPolicy",
  StagedKubernetesNetworkPolicy: "KubernetesNetworkPolicy",
};

/** As if every staged policy were enforced, in place of the enforced one of its name if there is one. */
function withStagedEnforced(model: ClusterModel): ClusterModel {
  const all = [...model.all("policy")];
  const nameOf = (kind: PolicyKind, { namespace, name }: Policy) => `${kind} ${namespace}/${name}`;
  const replaced = new Set(
    all.flatMap(([, policy]) => {
      const kind = policy.staged ? ENFORCED_KIND[policy.policyKind] : undefined;
      return kind === undefined ? [] : [nameOf(kind, policy)];
    }),
  );
  const policies = new Map(
    all
      .filter(([, policy]) => policy.staged || !replaced.has(nameOf(policy.policyKind, policy)))
      .map(([key, policy]) => [key, { ...policy, staged: false }]),
  );
  return {
    all: <K extends ModelKind>(kind: K) =>
      (kind === "policy" ? policies : model.all(kind)) as ReadonlyMap<string, ModelOf<K>>,
  };
}
