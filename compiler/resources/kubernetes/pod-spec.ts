import { type Static, Type } from "@sinclair/typebox";
import type { EndpointPort } from "../../ir/cluster-model.ts";
import { protocolNumber } from "../../net/protocols.ts";

const containerSchema = Type.Object(
  {
    ports: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.Optional(Type.String()),
            containerPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
            protocol: Type.Optional(Type.String()),
          },
          { additionalProperties: true },
        ),
      ),
    ),
  },
  { additionalProperties: true },
);

/** The few fields of a pod that matter to its network; the rest of the large type is not looked at. */
export const podSpecSchema = Type.Object(
  {
    nodeName: Type.Optional(Type.String()),
    hostNetwork: Type.Optional(Type.Boolean()),
    serviceAccountName: Type.Optional(Type.String()),
    serviceAccount: Type.Optional(Type.String()),
    containers: Type.Optional(Type.Array(containerSchema)),
    initContainers: Type.Optional(Type.Array(containerSchema)),
  },
  { additionalProperties: true },
);

export type PodSpec = Static<typeof podSpecSchema>;

const PORT_PROTOCOLS = ["TCP", "UDP", "SCTP"];

/** The ports that rules can name, of containers, then of init containers. */
export function namedPorts({ containers = [], initContainers = [] }: PodSpec): readonly EndpointPort[] {
  return [...containers, ...initContainers].flatMap(({ ports = [] }) =>
    ports.flatMap(({ name = "", containerPort = 0, protocol = "TCP" }) => {
      const number = PORT_PROTOCOLS.includes(protocol.toUpperCase()) ? protocolNumber(protocol) : undefined;
      return name === "" || containerPort === 0 || number === undefined
        ? []
        : [{ name, protocol: number, port: containerPort }];
    }),
  );
}

/** Labels that no pod may set, for they are how selectors find its namespace and service account. */
export function endpointLabels(
  labels: Readonly<Record<string, string>>,
  namespace: string,
  serviceAccount: string,
): Readonly<Record<string, string>> {
  const account = serviceAccount === "" ? {} : { "projectcalico.org/serviceaccount": serviceAccount };
  return {
    ...(Object.keys(labels).some(isReserved) ? withoutReserved(labels) : labels),
    "projectcalico.org/namespace": namespace,
    "projectcalico.org/orchestrator": "k8s",
    ...account,
  };
}

function isReserved(key: string): boolean {
  return key.startsWith("pcns.") || key.startsWith("pcsa.");
}

function withoutReserved(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !isReserved(key)));
}

export function endpointProfiles(namespace: string, serviceAccount: string): readonly string[] {
  return [`kns.${namespace}`, ...(serviceAccount === "" ? [] : [`ksa.${namespace}.${serviceAccount}`])];
}
