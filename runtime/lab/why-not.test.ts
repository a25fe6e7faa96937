import { expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { whyNot } from "./why-not.ts";

/** Two nodes on a kernel without tunnels; node a has been told to do without one of them. */
const TEXT = `apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: one }
spec: { cidr: 10.1.0.0/16, ipipMode: Always }
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: two }
spec: { cidr: 10.2.0.0/16, vxlanMode: Always }
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: node.a }
spec: { ipipEnabled: false }
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: a }
spec: { bgp: { ipv4Address: 192.0.2.1/24 }, ipv4VXLANTunnelAddr: 10.2.0.1 }
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: b }
spec: { bgp: { ipv4Address: 192.0.2.2/24, ipv4IPIPTunnelAddr: 10.1.0.2 }, ipv4VXLANTunnelAddr: 10.2.0.2 }
`;

function reasons(linkKinds: readonly string[]): Readonly<Record<string, string>> {
  const features = { ...DEFAULT_FEATURES, linkKinds };
  const compileFor = (nodes?: readonly string[]) =>
    compile([{ path: "cluster.yaml", text: TEXT }], {
      features,
      compilerVersion: "test",
      ...(nodes === undefined ? {} : { nodes }),
    });
  return whyNot(compileFor(), compileFor);
}

test("each node has the first of its own errors, and how many more there are", () => {
  expect(reasons([])).toEqual({
    a: expect.stringMatching(/^Device vxlan.calico is needed here, [^;]* no vxlan devices\.$/),
    b: expect.stringMatching(/^Device \S+ is needed here, [^;]* devices\. \(and 1 more error\)$/),
  });
  expect(reasons(["vxlan"])).toEqual({ b: expect.stringMatching(/no ipip devices\.$/) });
  expect(reasons(["ipip", "vxlan"])).toEqual({});
});
