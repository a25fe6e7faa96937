import { code } from "../../diagnostic.ts";

type None = Record<string, never>;

/** FelixConfiguration. */
export const FELIX_CODES = {
  "felix/node-selector-forbidden": code<{ name: string }>({
    severity: "error",
    summary: "Node selector where the name decides",
    message: ({ name }) =>
      `nodeSelector must not be set on the 'default' or per-node ('node.*') FelixConfiguration: the name ${name} already says which nodes it is for.`,
    hint: () => "Remove the selector, or give the resource another name.",
  }),
  "felix/node-selector-missing": code<{ name: string }>({
    severity: "warning",
    summary: "Felix configuration that matches no node",
    message: ({ name }) => `FelixConfiguration ${name} has no nodeSelector, so it is in force nowhere.`,
    hint: () => "Add spec.nodeSelector, or name it default or node.<node name>.",
  }),
  "felix/invalid-value": code<{ parameter: string; value: string; expected: string }>({
    severity: "error",
    summary: "Invalid value of a Felix parameter",
    message: ({ parameter, value, expected }) =>
      `${parameter} must be ${expected}, which ${JSON.stringify(value)} is not.`,
  }),
  "felix/required-value": code<{ parameter: string }>({
    severity: "error",
    summary: "Felix parameter that cannot be none",
    message: ({ parameter }) => `${parameter} cannot be "none": it has no zero value.`,
    hint: () => "Leave it out for the default.",
  }),
  "felix/unknown-parameter": code<{ name: string }>({
    severity: "warning",
    summary: "Override of an unknown Felix parameter",
    message: ({ name }) => `The annotation sets ${JSON.stringify(name)}, which is no parameter of Felix.`,
    hint: () => "The name is the one of the configuration file, such as LogSeverityScreen.",
  }),
  "felix/route-table-ranges": code<{ reason: string; hint: string }>({
    severity: "error",
    summary: "Invalid route table ranges",
    message: ({ reason }) => `${reason}.`,
    hint: ({ hint }) => hint,
  }),
  "felix/mark-bits": code<{ bits: number; needed: number }>({
    severity: "error",
    summary: "Too few mark bits",
    message: ({ bits, needed }) =>
      `The mark mask has ${bits} bits, but the rules need ${needed}: accept, pass, drop and two for intermediate results.`,
    hint: () => "The default is 0xffff0000.",
  }),
  "felix/mark-bits-scarce": code<{ bits: number }>({
    severity: "warning",
    summary: "Few mark bits",
    message: ({ bits }) =>
      `The mark mask has ${bits} bits: none is left for WireGuard, and kube-proxy's IPVS mode needs several for endpoints.`,
    hint: () => "The default is 0xffff0000.",
  }),
  "felix/not-compiled": code<{ parameter: string; feature: string; instead: string }>({
    severity: "warning",
    summary: "Felix parameter that asks for what is not compiled",
    message: ({ parameter, feature, instead }) =>
      `${parameter} asks for ${feature}, which this compiler does not have: ${instead}.`,
    hint: () => "Remove it, or leave the nodes that need it to Felix.",
  }),
  "felix/failsafe-sctp": code<None>({
    severity: "warning",
    summary: "Failsafe port of SCTP",
    message: () =>
      "The API accepts SCTP here, but Calico's own agent stops at it; this compiler opens the port.",
    hint: () => "Remove it where Felix may run with this configuration.",
  }),
  "felix/failsafe-empty": code<{ parameter: string }>({
    severity: "warning",
    summary: "No failsafe ports",
    message: ({ parameter }) =>
      `${parameter} is empty: a policy mistake on a host endpoint can cut off ${
        parameter.includes("In") ? "SSH and the Kubernetes API" : "DNS, DHCP and the datastore"
      }, and nothing opens them again.`,
    hint: () => "Keep at least the ports by which the host is managed.",
  }),
  "felix/shadowed": code<{ name: string; winner: string; node: string }>({
    severity: "info",
    summary: "Felix configuration that another one shadows",
    message: ({ name, winner, node }) =>
      `FelixConfiguration ${name} and ${winner} both select node ${node}; ${winner} is in force as a whole, because it is older.`,
    hint: () => "Make the selectors disjoint.",
  }),
  "felix/unknown-node": code<{ name: string; node: string }>({
    severity: "warning",
    summary: "Felix configuration of a node that does not exist",
    message: ({ name, node }) => `FelixConfiguration ${name} is for node ${node}, which does not exist.`,
    hint: () => "The part after node. is the name of the Node resource.",
  }),
  "felix/wireguard-node-addresses": code<None>({
    severity: "info",
    summary: "WireGuard without the addresses of nodes",
    message: () =>
      "WireGuard encrypts what pods of different nodes send each other, and not what a pod sends to another node's own address (its kubelet, a pod with hostNetwork): where policy allows that, it crosses the network as it is.",
    hint: () =>
      "Encrypt these connections themselves (TLS), or deny them by policy. wireguardHostEncryptionEnabled: true takes the nodes in; Calico supports that on EKS and AKS only.",
  }),
  "felix/route-priority": code<{ family: string; felix: number; bgp: number }>({
    severity: "warning",
    summary: "Route priorities that differ",
    message: ({ family, felix, bgp }) =>
      `The normal ${family} route priority is ${felix} in FelixConfiguration but ${bgp} in BGPConfiguration; they must be equal.`,
    hint: () => "Set the same value in both, or in neither.",
  }),
} as const;
