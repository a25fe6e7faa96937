import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { EndpointPort } from "../../ir/cluster-model.ts";
import { protocolHasPorts } from "../../net/protocols.ts";
import { intOrString } from "../schema.ts";
import { isPortName } from "./rule/port.ts";
import { parseProtocol } from "./rule/protocol-checks.ts";

/** A port that rules may refer to by its name. */
export const endpointPortSchema = Type.Object({
  name: Type.String(),
  protocol: intOrString(),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
});

type Port = Static<typeof endpointPortSchema>;

/** `kind` is the type that Calico's messages name. An empty name is left to the caller. */
export function checkEndpointPort(
  { name, protocol }: Port,
  kind: "EndpointPort" | "WorkloadEndpointPort",
  origin: Origin,
  report: Report,
): void {
  if (name !== "" && !isPortName(name)) report("policy/endpoint-port-name", { name }, at(origin, "name"));
  if (portProtocol(protocol) === undefined)
    report("policy/endpoint-port-protocol", { kind, protocol: String(protocol) }, at(origin, "protocol"));
}

/** The ports that a rule can refer to; one that is in error is left out. */
export function lowerEndpointPorts(ports: readonly Port[] = []): readonly EndpointPort[] {
  return ports.flatMap(({ name, protocol, port }) => {
    const number = portProtocol(protocol);
    return number === undefined || !isPortName(name) ? [] : [{ name, protocol: number, port }];
  });
}

function portProtocol(protocol: number | string): number | undefined {
  const number = parseProtocol(protocol);
  return number !== undefined && protocolHasPorts(number) ? number : undefined;
}
