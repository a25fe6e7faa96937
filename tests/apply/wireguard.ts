import type { SourceFile } from "../../compiler/index.ts";

/** What other nodes have published; no private key belongs to them. */
export const PEER_KEYS = ["hJpXuJDGqLS1F5+jCZ2nFUUcvrvFfZdwUfDcPjJ8OlA=", `${"C".repeat(42)}E=`] as const;

/** Three nodes, of which the first has published no key yet. */
export function wireguardFiles(device: string, settings = ""): readonly SourceFile[] {
  const nodes = [1, 2, 3].map((number) => {
    const key = PEER_KEYS[number - 2];
    const status = key === undefined ? "" : `status: { wireguardPublicKey: "${key}" }\n`;
    return `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n${number} }
spec:
  bgp: { ipv4Address: 10.0.0.${number}/24 }
  wireguard: { interfaceIPv4Address: 192.168.${number}.1 }
${status}---
`;
  });
  const text = `${nodes.join("")}apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: pool }
spec: { cidr: 192.168.0.0/16, blockSize: 26, ipipMode: Never, vxlanMode: Never, natOutgoing: false }
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default }
spec: { wireguardEnabled: true, wireguardInterfaceName: ${device}${settings} }
`;
  return [{ path: "wireguard.yaml", text }];
}
