import { code } from "../../diagnostic.ts";

type None = Record<string, never>;

/** Nodes and the kinds that describe the cluster as a whole. */
export const NODE_CODES = {
  "node/empty-bgp": code<None>({
    severity: "error",
    summary: "Empty BGP section",
    message: () =>
      "Spec.BGP should not be empty: a node with the section takes part in BGP, and this one could not.",
    hint: () => "Set ipv4Address or ipv6Address, or remove the section.",
  }),
  "node/duplicate-address": code<{ node: string; other: string; address: string }>({
    severity: "warning",
    summary: "Two nodes with one address",
    message: ({ node, other, address }) => `Node ${node} has the address ${address} of node ${other}.`,
    hint: () => "Correct spec.bgp of one of them; routes to both would go to one.",
  }),
  "controllers/template-name": code<{ problem: string }>({
    severity: "error",
    summary: "Invalid name of a host endpoint template",
    message: ({ problem }) => `${problem}.`,
    hint: () => "generateName becomes part of the names of the host endpoints.",
  }),
  "controllers/template-interfaces": code<None>({
    severity: "error",
    summary: "Host endpoint template without interfaces",
    message: () => "InterfaceCIDRs or InterfacePattern must be specified.",
    hint: () => "interfaceCIDRs: [0.0.0.0/0, ::/0] takes every address of the node.",
  }),
  "controllers/invalid-pattern": code<{ pattern: string }>({
    severity: "error",
    summary: "Invalid regular expression",
    message: ({ pattern }) => `${JSON.stringify(pattern)} is not a regular expression.`,
  }),
} as const;
