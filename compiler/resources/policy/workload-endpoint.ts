import type { Static } from "@sinclair/typebox";
import type { WorkloadEndpoint } from "../../ir/cluster-model.ts";
import { type Cidr, compareCidr, parseCidr } from "../../net/cidr.ts";
import { parseHostIp } from "../../net/ip.ts";
import { endpointLabels } from "../endpoint-labels.ts";
import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { lowerEndpointPorts } from "./endpoint-ports.ts";
import { isInterfaceName } from "./interface-name.ts";
import { isHostAddress, parseNetworks } from "./networks.ts";
import { validateWorkloadEndpoint } from "./workload-checks.ts";
import { lowerQos } from "./workload-qos.ts";
import { type WorkloadEndpointResource, workloadEndpointSchema, workloadPart } from "./workload-schema.ts";

/** An endpoint without a sound interface name has no place on a host, and its traffic none to go. */
function lower({ metadata, body: { spec }, origin }: WorkloadEndpointResource): readonly WorkloadEndpoint[] {
  const { node = "", orchestrator = "", endpoint = "", interfaceName = "", mac = "" } = spec;
  const { serviceAccountName = "" } = spec;
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
      labels: endpointLabels(metadata.labels, namespace, orchestrator, serviceAccountName),
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
