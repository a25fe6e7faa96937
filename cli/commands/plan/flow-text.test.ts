import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { calicoctl } from "../verify/testing.ts";

const cluster = (protocol: "TCP" | "UDP") => `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n1 }
spec: { bgp: { ipv4Address: 192.168.7.1/24 }, interfaces: [{ name: eth0, addresses: ["192.168.7.1"] }] }
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: { name: n1-eth0, labels: { role: host } }
spec: { node: n1, interfaceName: eth0 }
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: pre }
spec:
  selector: role == 'host'
  preDNAT: true
  applyOnForward: true
  types: [Ingress]
  ingress: [{ action: Deny, protocol: ${protocol} }]
`;

test("an example whose destination others translate says where it goes", async () => {
  const directory = mkdtempSync(join(tmpdir(), "flow-text-"));
  try {
    for (const protocol of ["TCP", "UDP"] as const)
      writeFileSync(join(directory, `${protocol}.yaml`), cluster(protocol));
    const file = (protocol: string) => join(directory, `${protocol}.yaml`);
    const { stdout } = await calicoctl("plan", "-f", file("UDP"), "--against", file("TCP"));
    const changes = stdout.split(/^ {4}[+-] /m).slice(1);
    const examples = changes.map((text) => ({
      isRedirected: /^.*\(redirected\)/.test(text),
      example: /for example (.*)/.exec(text)?.[1] ?? "",
    }));
    expect(examples.filter(({ isRedirected }) => isRedirected).length).toBeGreaterThan(0);
    for (const { isRedirected, example } of examples)
      expect(example).toMatch(
        isRedirected
          ? /^\w+ \S+ -> \S+, translated to (\d[\d.]+|\[[\da-f:]+\]):\d+$/
          : /^\w+ \S+ -> [^\s,]+$/,
      );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
