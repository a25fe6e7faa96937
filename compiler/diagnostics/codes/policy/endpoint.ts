import { code } from "../../diagnostic.ts";

type None = Record<string, never>;

/** Workload and host endpoints. */
export const ENDPOINT_CODES = {
  "policy/host-endpoint-unplaced": code<None>({
    severity: "error",
    summary: "Host endpoint without an interface",
    message: () =>
      "at least one of interfaceName or expectedIPs must be specified: nothing says which interface is meant.",
    hint: () => 'Add `interfaceName: eth0`, `interfaceName: "*"` for all of them, or `expectedIPs`.',
  }),
  "policy/node-missing": code<None>({
    severity: "error",
    summary: "Endpoint without a node",
    message: () => "node must be specified.",
    hint: () => "Add `node`, the name of the Node resource of its host.",
  }),
  "policy/interface-name-invalid": code<{ value: string; wildcard: boolean }>({
    severity: "error",
    summary: "Invalid interface name",
    message: ({ value }) => `${JSON.stringify(value)} cannot be the name of an interface.`,
    hint: ({ wildcard }) =>
      `Up to 15 letters, digits, dots, dashes and underscores${wildcard ? '; or "*" for all host interfaces' : ""}.`,
  }),
  "policy/ip-invalid": code<{ field: string; value: string; expected: string }>({
    severity: "error",
    summary: "Invalid IP address",
    message: ({ field, value, expected }) => `\`${field}\`: ${JSON.stringify(value)} is not ${expected}.`,
  }),
  "policy/endpoint-port-protocol": code<{ kind: "EndpointPort" | "WorkloadEndpointPort"; protocol: string }>({
    severity: "error",
    summary: "Endpoint port of a protocol without ports",
    message: ({ kind, protocol }) => `${kind} protocol does not support ports: ${protocol}.`,
    hint: () => "Use TCP, UDP or SCTP.",
  }),
  "policy/endpoint-port-name": code<{ name: string }>({
    severity: "error",
    summary: "Invalid name of an endpoint port",
    message: ({ name }) =>
      `${JSON.stringify(name)} cannot be the name of a port, so no rule could refer to it.`,
    hint: () => "Up to 128 letters, digits, dots, dashes and underscores.",
  }),
  "policy/endpoint-port-unnamed": code<None>({
    severity: "error",
    summary: "Endpoint port without name and host port",
    message: () => "WorkloadEndpointPort name must not be empty if no HostPort is specified.",
    hint: () => "Add `name`.",
  }),
  "policy/workload-address": code<{
    value: string;
    reason: "invalid CIDR" | "no host has this address" | "IP network contains multiple addresses";
  }>({
    severity: "error",
    summary: "Invalid address of a workload",
    message: ({ value, reason }) => `${reason}: ${JSON.stringify(value)}.`,
    hint: () => "A workload has single addresses: /32 for IPv4, /128 for IPv6.",
  }),
  "policy/gateway-invalid": code<{ value: string; version: 4 | 6 }>({
    severity: "error",
    summary: "Invalid gateway of a workload",
    message: ({ value, version }) =>
      `invalid IPv${version} gateway address specified: ${JSON.stringify(value)}.`,
  }),
  "policy/nat-outside-endpoint": code<{ value: string }>({
    severity: "error",
    summary: "Floating IP for a foreign address",
    message: ({ value }) =>
      `NAT is not in the endpoint networks: ${value} is none of the workload's addresses.`,
    hint: () => "`internalIP` must be one of `ipNetworks`.",
  }),
  "policy/nat-mixed-families": code<{ internal: string; external: string }>({
    severity: "error",
    summary: "Floating IP of the other IP version",
    message: ({ internal, external }) => `mismatched IP versions: ${external} cannot stand for ${internal}.`,
    hint: () => "Map IPv4 to IPv4 and IPv6 to IPv6.",
  }),
  "policy/spoof-prefix-invalid": code<{ value: string }>({
    severity: "error",
    summary: "Invalid source prefix",
    message: ({ value }) => `allowSpoofedSourcePrefixes: invalid CIDR ${JSON.stringify(value)}.`,
    hint: () => 'Write a network like "10.0.0.0/8".',
  }),
  "policy/mac-invalid": code<{ value: string }>({
    severity: "error",
    summary: "Invalid MAC address",
    message: ({ value }) => `${JSON.stringify(value)} is not a MAC address.`,
    hint: () => "Write six pairs of hexadecimal digits: ee:ee:ee:ee:ee:ee.",
  }),
  "policy/workload-name": code<{ expected: string }>({
    severity: "error",
    summary: "Name of a workload endpoint",
    message: ({ expected }) =>
      `The name of a workload endpoint follows from its spec and must be ${JSON.stringify(expected)}.`,
    hint: () => "<node>-<orchestrator>-<pod>-<endpoint>, with each '-' inside a part doubled.",
  }),
  "policy/workload-name-part": code<{ field: string }>({
    severity: "error",
    summary: "Part of a workload endpoint's name",
    message: ({ field }) =>
      `\`${field}\` is part of the endpoint's name: it must not be empty, and must not begin or end with a '-'.`,
  }),
  "policy/dscp-invalid": code<{ value: string | number }>({
    severity: "warning",
    summary: "Invalid DSCP value",
    message: ({ value }) =>
      `${JSON.stringify(value)} is not a valid DSCP value; the packets of the endpoint keep theirs.`,
    hint: () => "Write 0–63, or DF, EF, AF11–AF43, CS0–CS6.",
  }),
} as const;
