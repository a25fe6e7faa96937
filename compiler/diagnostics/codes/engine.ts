import { code } from "../diagnostic.ts";

export const ENGINE_CODES = {
  "compile/unknown-node": code<{ node: string; known: readonly string[] }>({
    severity: "error",
    summary: "No such node",
    message: ({ node }) => `There is no Node ${JSON.stringify(node)} among the resources.`,
    hint: ({ known }) =>
      known.length === 0
        ? "The resources describe no Node at all; add them, or give a saved inventory with --inventory."
        : `The nodes are: ${known.slice(0, 20).join(", ")}${known.length > 20 ? ", …" : ""}.`,
  }),
  "engine/shadowed-workload": code<{ interfaceName: string; node: string; by: string }>({
    severity: "warning",
    summary: "Workload endpoint is shadowed by another one",
    message: ({ interfaceName, node, by }) =>
      `Interface ${interfaceName} of node ${node} belongs to ${by}, so this endpoint is not served.`,
    hint: () => "Delete the endpoint that is no longer there, or give it an interface name of its own.",
  }),
  "engine/spoofing-disabled": code<{ node: string }>({
    severity: "error",
    summary: "Endpoint asks for source addresses that the node does not allow",
    message: ({ node }) =>
      `The endpoint may send from other source addresses, but node ${node} has workloadSourceSpoofing: Disabled. Calico rejects the whole endpoint: all its traffic is dropped.`,
    hint: () =>
      "Remove the annotation cni.projectcalico.org/allowedSourcePrefixes, or set workloadSourceSpoofing: Any in FelixConfiguration.",
  }),
  "engine/host-endpoint-unresolved": code<{ node: string; reason: "addresses" | "workload-interface" }>({
    severity: "warning",
    summary: "Host endpoint has no interface",
    message: ({ node, reason }) =>
      reason === "addresses"
        ? `No interface of node ${node} is known to have one of the expectedIPs, so the host endpoint is not enforced.`
        : `The interface is one of node ${node}'s workload interfaces, where host endpoints are not enforced.`,
    hint: ({ reason }) =>
      reason === "addresses"
        ? "Name the interface in spec.interfaceName, or list the node's interfaces in its spec.interfaces."
        : "Choose an interface that does not begin with FelixConfiguration's interfacePrefix.",
  }),
  "engine/shadowed-host-endpoint": code<{ node: string; interfaceName: string; by: string }>({
    severity: "warning",
    summary: "Host endpoint is shadowed by another one",
    message: ({ node, interfaceName, by }) =>
      `Interface ${interfaceName} of node ${node} belongs to host endpoint ${by}: of several the lowest name wins, and this one is not enforced.`,
    hint: () => "Keep one host endpoint for each interface.",
  }),
  "engine/untracked-wildcard": code<{ policies: string }>({
    severity: "warning",
    summary: "Untracked policy does not work on the all-interfaces host endpoint",
    message: ({ policies }) =>
      `Untracked policies select this host endpoint, which stands for all interfaces, and have no effect there: ${policies}.`,
    hint: () => "Give the interfaces host endpoints of their own, or leave doNotTrack out.",
  }),
  "engine/unknown-node": code<{ node: string; endpoints: number }>({
    severity: "warning",
    summary: "Endpoints on a node that does not exist",
    message: ({ node, endpoints }) =>
      `There is no node ${node}, so nothing enforces policy for ${endpoints === 1 ? "the endpoint" : `the ${endpoints} endpoints`} on it.`,
    hint: () => "Correct the name, or add the Node to the input.",
  }),
} as const;
