import { type Static, Type } from "@sinclair/typebox";
import type { EndpointPort } from "../../ir/cluster-model.ts";
import { protocolNumber } from "../../net/protocols.ts";
import { append } from "./append.ts";

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

const PORT_PROTOCOLS: ReadonlyMap<string, number | undefined> = new Map(
  ["TCP", "UDP", "SCTP"].map((name) => [name, protocolNumber(name)]),
);

/** The ports that rules can name, of containers, then of init containers. */
export function namedPorts({ containers = [], initContainers = [] }: PodSpec): readonly EndpointPort[] {
  let named: EndpointPort[] | undefined;
  for (const list of [containers, initContainers])
    for (const { ports = [] } of list)
      for (const { name = "", containerPort = 0, protocol = "TCP" } of ports) {
        const number = PORT_PROTOCOLS.get(protocol.toUpperCase());
        if (name !== "" && containerPort !== 0 && number !== undefined)
          named = append(named, { name, protocol: number, port: containerPort });
      }
  return named ?? [];
}
