import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { HostEndpoint } from "../../ir/cluster-model.ts";
import { parseHostIp } from "../../net/ip.ts";
import { defineKind, type Resource } from "../kind.ts";
import { parseDscp } from "../kubernetes/dscp.ts";
import { RESOURCE_NAME } from "../names.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { strings } from "../schema.ts";
import { checkEndpointPort, endpointPortSchema, lowerEndpointPorts } from "./endpoint-ports.ts";
import { isInterfaceName } from "./interface-name.ts";

/** resources.md §1.8. */
const schema = Type.Object({
  spec: Type.Object({
    node: Type.Optional(Type.String({ ...RESOURCE_NAME, maxLength: 253 })),
    interfaceName: Type.Optional(Type.String({ maxLength: 15 })),
    expectedIPs: Type.Optional(strings({ uniqueItems: true })),
    profiles: Type.Optional(Type.Array(Type.String(RESOURCE_NAME), { uniqueItems: true })),
    ports: Type.Optional(Type.Array(endpointPortSchema)),
  }),
});

type HostEndpointResource = Resource<Static<typeof schema>>;

const DSCP_ANNOTATION = "qos.projectcalico.org/dscp";
const ALL_INTERFACES = "*";

function validate({ metadata, body: { spec }, origin }: HostEndpointResource, report: Report): void {
  const { node = "", interfaceName = "", expectedIPs = [], ports = [] } = spec;
  const here = at(origin, "spec");
  if (node === "") report("policy/node-missing", {}, here);
  if (interfaceName === "" && expectedIPs.length === 0) report("policy/host-endpoint-unplaced", {}, here);
  if (interfaceName !== "" && interfaceName !== ALL_INTERFACES && !isInterfaceName(interfaceName))
    report(
      "policy/interface-name-invalid",
      { value: interfaceName, wildcard: true },
      at(here, "interfaceName"),
    );
  expectedIPs.forEach((value, index) => {
    if (parseHostIp(value) === undefined)
      report(
        "policy/ip-invalid",
        { field: "expectedIPs", value, expected: "an IP address of a host" },
        at(here, "expectedIPs", index),
      );
  });
  ports.forEach((port, index) => {
    const place = at(here, "ports", index);
    checkEndpointPort(port, "EndpointPort", place, report);
    if (port.name === "") report("policy/endpoint-port-name", { name: port.name }, at(place, "name"));
  });
  const dscp = metadata.annotations[DSCP_ANNOTATION];
  if (dscp !== undefined && parseDscp(dscp) === undefined)
    report("policy/dscp-invalid", { value: dscp }, at(origin, "metadata", "annotations", DSCP_ANNOTATION));
}

/** One that is placed nowhere is left out. */
function lower({ metadata, body: { spec }, origin }: HostEndpointResource): readonly HostEndpoint[] {
  const { node = "", interfaceName = "" } = spec;
  const expectedIps = (spec.expectedIPs ?? []).flatMap((text) => parseHostIp(text) ?? []);
  if (node === "" || (interfaceName === "" && expectedIps.length === 0)) return [];
  if (interfaceName !== "" && interfaceName !== ALL_INTERFACES && !isInterfaceName(interfaceName)) return [];
  const dscp = metadata.annotations[DSCP_ANNOTATION];
  return [
    {
      kind: "host-endpoint",
      key: metadata.name,
      origin,
      source: "policy",
      name: metadata.name,
      node,
      interfaceName,
      expectedIps,
      labels: metadata.labels,
      profiles: spec.profiles ?? [],
      ports: lowerEndpointPorts(spec.ports),
      dscp: dscp === undefined ? undefined : parseDscp(dscp),
    },
  ];
}

export const hostEndpoint = defineKind<Static<typeof schema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "HostEndpoint",
  plural: "hostendpoints",
  aliases: ["hep", "heps"],
  scope: "cluster",
  source: "policy",
  schema,
  validate,
  lower,
});
