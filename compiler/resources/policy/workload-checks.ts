import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import { type Cidr, cidrContainsIp, isSingleAddress, parseCidr } from "../../net/cidr.ts";
import { parseHostIp, parseIp } from "../../net/ip.ts";
import { parseDscp } from "../kubernetes/dscp.ts";
import { checkEndpointPort } from "./endpoint-ports.ts";
import { isInterfaceName } from "./interface-name.ts";
import { isHostAddress } from "./networks.ts";
import { type WorkloadEndpointResource, type WorkloadEndpointSpec, workloadPart } from "./workload-schema.ts";

/** resources.md §1.9, §6.5. */
export function validateWorkloadEndpoint(resource: WorkloadEndpointResource, report: Report): void {
  const { spec } = resource.body;
  const here = at(resource.origin, "spec");
  if (!spec.node) report("policy/node-missing", {}, here);
  else checkWorkloadName(resource, report);
  const { interfaceName = "", mac = "", qosControls } = spec;
  if (!isInterfaceName(interfaceName))
    report(
      "policy/interface-name-invalid",
      { value: interfaceName, wildcard: false },
      at(here, "interfaceName"),
    );
  if (mac !== "" && !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac))
    report("policy/mac-invalid", { value: mac }, at(here, "mac"));
  const addresses = readAddresses(spec.ipNetworks, at(here, "ipNetworks"), report);
  checkNats(spec.ipNATs, addresses, at(here, "ipNATs"), report);
  checkGateway(spec.ipv4Gateway, 4, at(here, "ipv4Gateway"), report);
  checkGateway(spec.ipv6Gateway, 6, at(here, "ipv6Gateway"), report);
  checkPorts(spec.ports, at(here, "ports"), report);
  spec.allowSpoofedSourcePrefixes?.forEach((value, index) => {
    if (parseCidr(value) === undefined)
      report("policy/spoof-prefix-invalid", { value }, at(here, "allowSpoofedSourcePrefixes", index));
  });
  const dscp = qosControls?.dscp;
  if (dscp !== undefined && parseDscp(String(dscp)) === undefined)
    report("policy/dscp-invalid", { value: dscp }, at(here, "qosControls", "dscp"));
}

/** The name follows from the spec: `<node>-<orchestrator>-<workload>-<endpoint>`, dashes within a part doubled. */
function checkWorkloadName(
  { metadata, body: { spec }, origin }: WorkloadEndpointResource,
  report: Report,
): void {
  const { node = "", orchestrator = "", endpoint = "" } = spec;
  const parts = [
    { field: "node", value: node },
    { field: "orchestrator", value: orchestrator },
    workloadPart(spec),
    { field: "endpoint", value: endpoint },
  ];
  const unusable = parts.filter(({ value }) => value === "" || value.startsWith("-") || value.endsWith("-"));
  for (const { field } of unusable) report("policy/workload-name-part", { field }, at(origin, "spec", field));
  const expected = parts.map(({ value }) => value.replaceAll("-", "--")).join("-");
  if (unusable.length === 0 && metadata.name !== expected)
    report("policy/workload-name", { expected }, at(origin, "metadata", "name"));
}

function readAddresses(texts: readonly string[] = [], origin: Origin, report: Report): readonly Cidr[] {
  return texts.flatMap((value, index) => {
    const cidr = parseCidr(value);
    if (cidr !== undefined && isHostAddress(cidr)) return [cidr];
    const reason =
      cidr === undefined
        ? "invalid CIDR"
        : isSingleAddress(cidr)
          ? "no host has this address"
          : "IP network contains multiple addresses";
    report("policy/workload-address", { value, reason }, at(origin, index));
    return [];
  });
}

function checkNats(
  nats: WorkloadEndpointSpec["ipNATs"] = [],
  addresses: readonly Cidr[],
  origin: Origin,
  report: Report,
): void {
  nats.forEach(({ internalIP, externalIP }, index) => {
    const here = at(origin, index);
    const [internal, external] = [parseHostIp(internalIP), parseHostIp(externalIP)];
    for (const [field, value, ip] of [
      ["internalIP", internalIP, internal],
      ["externalIP", externalIP, external],
    ] as const)
      if (ip === undefined)
        report("policy/ip-invalid", { field, value, expected: "an IP address of a host" }, at(here, field));
    if (internal !== undefined && external !== undefined && internal.version !== external.version)
      report("policy/nat-mixed-families", { internal: internalIP, external: externalIP }, here);
    if (internal !== undefined && !addresses.some((address) => cidrContainsIp(address, internal)))
      report("policy/nat-outside-endpoint", { value: internalIP }, at(here, "internalIP"));
  });
}

function checkGateway(value: string | undefined, version: 4 | 6, origin: Origin, report: Report): void {
  if (value !== undefined && value !== "" && parseIp(value)?.version !== version)
    report("policy/gateway-invalid", { value, version }, origin);
}

function checkPorts(ports: WorkloadEndpointSpec["ports"] = [], origin: Origin, report: Report): void {
  ports.forEach((port, index) => {
    const here = at(origin, index);
    const { name = "", hostPort = 0, hostIP = "" } = port;
    checkEndpointPort({ ...port, name }, "WorkloadEndpointPort", here, report);
    if (name === "" && hostPort === 0) report("policy/endpoint-port-unnamed", {}, here);
    if (hostIP !== "" && parseIp(hostIP) === undefined)
      report(
        "policy/ip-invalid",
        { field: "hostIP", value: hostIP, expected: "an IP address" },
        at(here, "hostIP"),
      );
  });
}
