import { type Static, type TProperties, Type } from "@sinclair/typebox";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { AbstractEndpoint } from "../../ir/cluster-model.ts";
import { endpointLabels } from "../endpoint-labels.ts";
import type { EndpointProfiles } from "../endpoint-profiles.ts";
import { defineKind, type KindDefinition, type Metadata } from "../kind.ts";
import { stringMap } from "../schema.ts";
import { namedPorts, type PodSpec, podSpecSchema } from "./pod-spec.ts";

/**
 * The pods that a workload controller makes, as one endpoint without node and address: what lint, queries and flow
 * diff know of a repository that holds Deployments rather than Pods.
 */
export function abstractEndpoint(
  controllerKind: AbstractEndpoint["controllerKind"],
  { namespace, name }: Pick<Metadata, "namespace" | "name">,
  labels: Readonly<Record<string, string>>,
  spec: PodSpec,
  origin: Origin,
  profiles: EndpointProfiles,
): AbstractEndpoint {
  // The admission controller gives every pod a service account.
  const serviceAccount = spec.serviceAccountName || spec.serviceAccount || "default";
  return {
    kind: "abstract-endpoint",
    key: `${controllerKind}/${namespace}/${name}`,
    origin,
    source: "inventory",
    controllerKind,
    namespace,
    name,
    labels: endpointLabels(labels, namespace, "k8s", serviceAccount),
    profiles: profiles.of(namespace, serviceAccount),
    ports: namedPorts(spec),
    serviceAccount,
  };
}

const lenient = { additionalProperties: true };

const templateSchema = Type.Object(
  {
    metadata: Type.Optional(Type.Object({ labels: Type.Optional(stringMap()) }, lenient)),
    spec: Type.Optional(podSpecSchema),
  },
  lenient,
);
type Template = Static<typeof templateSchema>;

const templated = Type.Object({ template: templateSchema }, lenient);

interface WorkloadKind<Body> {
  readonly kind: AbstractEndpoint["controllerKind"];
  readonly group: "apps" | "batch";
  readonly plural: string;
  readonly aliases: readonly string[];
  readonly spec: TProperties[string];
  readonly template: (body: Body) => Template;
}

function defineWorkload<Body>({
  kind,
  group,
  plural,
  aliases,
  spec,
  template,
}: WorkloadKind<Body>): KindDefinition {
  return defineKind<Body>({
    apiVersions: [`${group}/v1`],
    kind,
    plural,
    aliases,
    scope: "namespaced",
    source: "inventory",
    schema: Type.Object({ spec }),
    lower: ({ metadata, body, origin }, { profiles }) => {
      const { metadata: { labels = {} } = {}, spec: podSpec = {} } = template(body);
      // Pods in the host's network are no endpoints of their own.
      if (podSpec.hostNetwork === true) return [];
      return [abstractEndpoint(kind, metadata, labels, podSpec, origin, profiles)];
    },
  });
}

const cronJobSpec = Type.Object({ jobTemplate: Type.Object({ spec: templated }, lenient) }, lenient);

interface TemplatedBody {
  readonly spec: Static<typeof templated>;
}

const ofSpec = ({ spec }: TemplatedBody): Template => spec.template;

export const WORKLOAD_KINDS: readonly KindDefinition[] = [
  defineWorkload({
    kind: "Deployment",
    group: "apps",
    plural: "deployments",
    aliases: ["deploy"],
    spec: templated,
    template: ofSpec,
  }),
  defineWorkload({
    kind: "StatefulSet",
    group: "apps",
    plural: "statefulsets",
    aliases: ["sts"],
    spec: templated,
    template: ofSpec,
  }),
  defineWorkload({
    kind: "DaemonSet",
    group: "apps",
    plural: "daemonsets",
    aliases: ["ds"],
    spec: templated,
    template: ofSpec,
  }),
  defineWorkload({
    kind: "ReplicaSet",
    group: "apps",
    plural: "replicasets",
    aliases: ["rs"],
    spec: templated,
    template: ofSpec,
  }),
  defineWorkload({
    kind: "Job",
    group: "batch",
    plural: "jobs",
    aliases: [],
    spec: templated,
    template: ofSpec,
  }),
  defineWorkload<{ readonly spec: Static<typeof cronJobSpec> }>({
    kind: "CronJob",
    group: "batch",
    plural: "cronjobs",
    aliases: ["cj"],
    spec: cronJobSpec,
    template: ({ spec }) => spec.jobTemplate.spec.template,
  }),
];
