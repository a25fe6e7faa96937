import { type Static, Type } from "@sinclair/typebox";
import type { Resource } from "../kind.ts";
import { RESOURCE_NAME } from "../names.ts";
import { intOrString, strings } from "../schema.ts";
import { endpointPortSchema } from "./endpoint-ports.ts";

const amount = Type.Optional(Type.Integer({ minimum: 0 }));
const text = Type.Optional(Type.String());

/** Units as in `QosDirection`. */
const qosSchema = Type.Object({
  ingressBandwidth: amount,
  egressBandwidth: amount,
  ingressBurst: amount,
  egressBurst: amount,
  ingressPeakrate: amount,
  egressPeakrate: amount,
  ingressMinburst: amount,
  egressMinburst: amount,
  ingressPacketRate: amount,
  egressPacketRate: amount,
  ingressPacketBurst: amount,
  egressPacketBurst: amount,
  ingressMaxConnections: amount,
  egressMaxConnections: amount,
  dscp: Type.Optional(intOrString()),
});

/** resources.md §1.9. */
export const workloadEndpointSchema = Type.Object({
  spec: Type.Object({
    orchestrator: text,
    workload: text,
    node: text,
    containerID: Type.Optional(
      Type.String({
        pattern: "^([a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)?$",
        title: "an identifier of letters, digits and '-', with a letter or digit at both ends",
      }),
    ),
    pod: text,
    endpoint: text,
    serviceAccountName: Type.Optional(Type.String(RESOURCE_NAME)),
    ipNetworks: Type.Optional(strings()),
    ipNATs: Type.Optional(Type.Array(Type.Object({ internalIP: Type.String(), externalIP: Type.String() }))),
    ipv4Gateway: text,
    ipv6Gateway: text,
    profiles: Type.Optional(Type.Array(Type.String(RESOURCE_NAME))),
    interfaceName: text,
    mac: text,
    ports: Type.Optional(
      Type.Array(
        Type.Object({
          ...endpointPortSchema.properties,
          name: text,
          hostPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
          hostIP: text,
        }),
      ),
    ),
    allowSpoofedSourcePrefixes: Type.Optional(strings()),
    qosControls: Type.Optional(qosSchema),
  }),
});

export type WorkloadEndpointSpec = Static<typeof workloadEndpointSchema>["spec"];
export type WorkloadEndpointResource = Resource<Static<typeof workloadEndpointSchema>>;

/**
 * The part of the name that says which workload this is, by orchestrator; also the last part of the workload's id.
 */
export function workloadPart({ orchestrator, pod, containerID, workload }: WorkloadEndpointSpec): {
  readonly field: "pod" | "containerID" | "orchestrator" | "workload";
  readonly value: string;
} {
  switch (orchestrator) {
    case "k8s":
      return { field: "pod", value: pod ?? "" };
    case "cni":
      return { field: "containerID", value: containerID ?? "" };
    case "libnetwork":
      return { field: "orchestrator", value: orchestrator };
    default:
      return { field: "workload", value: workload ?? "" };
  }
}
