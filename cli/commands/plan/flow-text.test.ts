import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { calicoctl } from "../verify/testing.ts";

const cluster = (protocol: "TCP" | "UDP" | 47) => `apiVersion: projectcalico.org/v3
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

async function planFromTcpTo(protocol: "UDP" | 47): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "flow-text-"));
  try {
    const [before, after] = (["TCP", protocol] as const).map((each) => {
      const file = join(directory, `${each}.yaml`);
      writeFileSync(file, cluster(each));
      return file;
    });
    return (await calicoctl("plan", "-f", after!, "--against", before!)).stdout;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("an example of a protocol without a name says that its number is one", async () => {
  expect(await planFromTcpTo(47)).toMatch(/for example protocol 47 \S+ -> /);
});

test("an example whose destination others translate says where it goes", async () => {
  const stdout = await planFromTcpTo("UDP");
  const changes = stdout.split(/^ {4}[+-] /m).slice(1);
  const examples = changes.map((text) => ({
    isRedirected: /^.*\(redirected\)/.test(text),
    example: /for example (.*)/.exec(text)?.[1] ?? "",
  }));
  expect(examples.filter(({ isRedirected }) => isRedirected).length).toBeGreaterThan(0);
  for (const { isRedirected, example } of examples)
    expect(example).toMatch(
      isRedirected ? /^\w+ \S+ -> \S+, translated to (\d[\d.]+|\[[\da-f:]+\]):\d+$/ : /^\w+ \S+ -> [^\s,]+$/,
    );
});
