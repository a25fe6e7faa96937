import type { Static } from "@sinclair/typebox";
import type { WorkloadEndpoint } from "../../ir/cluster-model.ts";
import { type Cidr, compareCidr, parseCidr } from "../../net/cidr.ts";
import { parseHostIp } from "../../net/ip.ts";
import {
  NAMESPACE_LABEL,
  NAMESPACE_LABEL_PREFIX,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_LABEL_PREFIX,
} from "../../syntax/selector/fold.ts";
import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { lowerEndpointPorts } from "./endpoint-ports.ts";
import { isInterfaceName } from "./interface-name.ts";
import { isHostAddress, parseNetworks } from "./networks.ts";
import { validateWorkloadEndpoint } from "./workload-checks.ts";
import { lowerQos } from "./workload-qos.ts";
import {
  type WorkloadEndpointResource,
  type WorkloadEndpointSpec,
  workloadEndpointSchema,
  workloadPart,
} from "./workload-schema.ts";

const ORCHESTRATOR_LABEL = "projectcalico.org/orchestrator";

/** An endpoint without a sound interface name has no place on a host, and its traffic none to go. */
function lower({ metadata, body: { spec }, origin }: WorkloadEndpointResource): readonly WorkloadEndpoint[] {
  const { node = "", orchestrator = "", endpoint = "", interfaceName = "", mac = "" } = spec;
  if (!isInterfaceName(interfaceName) || node === "") return [];
  const { namespace } = metadata;
  const workload = `${namespace}/${workloadPart(spec).value}`;
  return [
    {
      kind: "workload-endpoint",
      key: [node, orchestrator, workload, endpoint].join("/"),
      origin,
      source: "inventory",
      node,
      orchestrator,
      namespace,
      workload,
      endpoint,
      interfaceName,
      mac: mac === "" ? undefined : mac.toLowerCase(),
      labels: endpointLabels(metadata.labels, namespace, spec),
      profiles: spec.profiles ?? [],
      addresses: parseNetworks(spec.ipNetworks).filter(isHostAddress),
      ports: lowerEndpointPorts(spec.ports?.map((port) => ({ ...port, name: port.name ?? "" }))),
      floatingIps: (spec.ipNATs ?? []).flatMap(({ internalIP, externalIP }) => {
        const [internal, external] = [parseHostIp(internalIP), parseHostIp(externalIP)];
        return internal === undefined || external === undefined ? [] : [{ internal, external }];
      }),
      allowedSpoofSources: sortedNetworks(spec.allowSpoofedSourcePrefixes),
      qos: lowerQos(spec.qosControls),
    },
  ];
}

/** Calico sets four labels itself, and inherited ones cannot be claimed. */
function endpointLabels(
  own: Readonly<Record<string, string>>,
  namespace: string,
  { orchestrator = "", serviceAccountName = "" }: WorkloadEndpointSpec,
): Readonly<Record<string, string>> {
  const claimed = Object.entries(own).filter(
    ([key]) => !key.startsWith(NAMESPACE_LABEL_PREFIX) && !key.startsWith(SERVICE_ACCOUNT_LABEL_PREFIX),
  );
  return Object.fromEntries([
    ...claimed,
    [NAMESPACE_LABEL, namespace],
    [ORCHESTRATOR_LABEL, orchestrator],
    ...(serviceAccountName === "" ? [] : [[SERVICE_ACCOUNT_LABEL, serviceAccountName]]),
  ]);
}

function sortedNetworks(texts: readonly string[] = []): readonly Cidr[] {
  return texts.flatMap((prefix) => parseCidr(prefix) ?? []).sort(compareCidr);
}

export const workloadEndpoint = defineKind<Static<typeof workloadEndpointSchema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "WorkloadEndpoint",
  plural: "workloadendpoints",
  aliases: ["wep", "weps"],
  scope: "namespaced",
  source: "inventory",
  schema: workloadEndpointSchema,
  validate: validateWorkloadEndpoint,
  lower,
});
