import { hash } from "node:crypto";
import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { ModelObject, WorkloadEndpoint } from "../../ir/cluster-model.ts";
import { type Cidr, hostCidr } from "../../net/cidr.ts";
import { parseHostIp } from "../../net/ip.ts";
import { endpointLabels } from "../endpoint-labels.ts";
import { defineKind, type LowerContext, type Resource } from "../kind.ts";
import { dnsSubdomainProblem } from "../names.ts";
import { append } from "./append.ts";
import {
  allowedSpoofSources,
  floatingIps,
  isAddressAnnotation,
  type PodAnnotations,
} from "./pod-annotations.ts";
import { namedPorts, podSpecSchema } from "./pod-spec.ts";
import { isQosAnnotation, NO_CONTROLS, qosControls } from "./qos.ts";
import { abstractEndpoint } from "./workload.ts";

const bodySchema = Type.Object({
  spec: podSpecSchema,
  status: Type.Optional(
    Type.Object(
      {
        phase: Type.Optional(Type.String()),
        podIP: Type.Optional(Type.String()),
        podIPs: Type.Optional(Type.Array(Type.Object({ ip: Type.Optional(Type.String()) }))),
      },
      { additionalProperties: true },
    ),
  ),
});

type Pod = Resource<Static<typeof bodySchema>>;

const POD_IP = "cni.projectcalico.org/podIP";
const POD_IPS = "cni.projectcalico.org/podIPs";
const AWS_POD_IPS = "vpc.amazonaws.com/pod-ips";

/** Sheet §4.4. A pod that no node runs yet is a workload without addresses, as a Deployment is. */
function lower(pod: Pod, context: LowerContext): readonly ModelObject[] {
  const { metadata, body, origin } = pod;
  const { hostNetwork = false, nodeName = "" } = body.spec;
  if (hostNetwork) return [];
  if (nodeName === "")
    return [abstractEndpoint("Pod", metadata, metadata.labels, body.spec, origin, context.profiles)];
  return [lowerEndpoint(pod, nodeName, context)];
}

function lowerEndpoint(pod: Pod, node: string, context: LowerContext): WorkloadEndpoint {
  const { report, interfacePrefix, profiles } = context;
  const { metadata, body, origin } = pod;
  const { namespace, name } = metadata;
  const workload = `${namespace}/${name}`;
  const account = body.spec.serviceAccountName || body.spec.serviceAccount || "";
  const addresses = isFinished(metadata, body.status?.phase) ? [] : podAddresses(pod, report);
  const { floatingIps, allowedSpoofSources, qos } = annotatedParts(pod, addresses, report);
  return {
    kind: "workload-endpoint",
    key: `${node}/k8s/${workload}/eth0`,
    origin,
    source: "inventory",
    node,
    orchestrator: "k8s",
    namespace,
    workload,
    endpoint: "eth0",
    interfaceName: podInterfaceName(interfacePrefix, namespace, name),
    mac: undefined,
    labels: endpointLabels(metadata.labels, namespace, "k8s", account),
    profiles: profiles.of(namespace, account),
    addresses,
    ports: namedPorts(body.spec),
    floatingIps,
    allowedSpoofSources,
    qos,
  };
}

type AnnotatedParts = Pick<WorkloadEndpoint, "floatingIps" | "allowedSpoofSources" | "qos">;

/** What most pods have; shared, because clusters have very many of them. */
const UNANNOTATED: AnnotatedParts = { floatingIps: [], allowedSpoofSources: [], qos: NO_CONTROLS };

function annotatedParts(
  { metadata: { annotations }, origin }: Pod,
  addresses: readonly Cidr[],
  report: Report,
): AnnotatedParts {
  if (!Object.keys(annotations).some(isRead)) return UNANNOTATED;
  const read: PodAnnotations = { annotations, origin: at(origin, "metadata", "annotations"), report };
  return {
    floatingIps: floatingIps(addresses, read),
    allowedSpoofSources: allowedSpoofSources(read),
    qos: qosControls(read),
  };
}

function isRead(annotation: string): boolean {
  return isAddressAnnotation(annotation) || isQosAnnotation(annotation);
}

/** The host end of a pod's veth pair: prefix and eleven hex digits of SHA-1 over `<namespace>.<pod>`. */
export function podInterfaceName(prefix: string, namespace: string, name: string): string {
  return `${prefix}${hash("sha1", `${namespace}.${name}`, "hex").slice(0, 11)}`;
}

/** Its addresses may already be another pod's. A deletion timestamp alone does not count: the pod still runs. */
function isFinished({ annotations, deletionTimestamp }: Pod["metadata"], phase: string | undefined): boolean {
  if (phase === "Failed" || phase === "Succeeded" || phase === "Completed") return true;
  return deletionTimestamp !== "" && (annotations[POD_IP] === "" || annotations[AWS_POD_IPS] === "");
}

/** The first source that is there counts, whatever it says. */
function podAddresses(
  { metadata: { annotations }, body: { status = {} }, origin }: Pod,
  report: Report,
): readonly Cidr[] {
  const { podIP = "", podIPs = [] } = status;
  let addresses: Cidr[] | undefined;
  let given = false;
  for (let i = 0; i < podIPs.length; i++) {
    const ip = podIPs[i]?.ip ?? "";
    if (ip === "") continue;
    given = true;
    const address = parseHostIp(ip);
    if (address !== undefined) addresses = append(addresses, hostCidr(address));
    else reportAddress(ip, at(origin, "status", "podIPs", i, "ip"), report);
  }
  if (given) return addresses ?? [];
  if (podIP !== "") return readAddresses([podIP], at(origin, "status", "podIP"), report);
  const key = [POD_IPS, POD_IP, AWS_POD_IPS].find((candidate) => annotations[candidate]) ?? "";
  // The CNI plugin writes addresses with their length, `10.0.0.1/32`.
  const texts = annotations[key]?.split(",").map((text) => text.trim().replace(/\/(32|128)$/, "")) ?? [];
  return readAddresses(texts, at(origin, "metadata", "annotations", key), report);
}

function readAddresses(texts: readonly string[], origin: Origin, report: Report): readonly Cidr[] {
  return texts.flatMap((text) => {
    const address = parseHostIp(text);
    if (address !== undefined) return [hostCidr(address)];
    reportAddress(text, origin, report);
    return [];
  });
}

function reportAddress(value: string, origin: Origin, report: Report): void {
  report(
    "kubernetes/invalid-value",
    { what: "pod address", value, problem: "is not an IP address of a host" },
    origin,
  );
}

function validate({ body, origin }: Pod, report: Report): void {
  const value = body.spec.nodeName ?? "";
  const problem = value === "" ? undefined : dnsSubdomainProblem(value);
  if (problem === undefined) return;
  report("kubernetes/invalid-value", { what: "node", value, problem }, at(origin, "spec", "nodeName"));
}

export const pod = defineKind<Static<typeof bodySchema>>({
  apiVersions: ["v1"],
  kind: "Pod",
  plural: "pods",
  aliases: ["po"],
  scope: "namespaced",
  source: "inventory",
  schema: bodySchema,
  validate,
  lower,
});
