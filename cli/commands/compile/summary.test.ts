import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { calicoctl } from "../verify/testing.ts";

const NODE = `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n1 }
spec: { bgp: { ipv4Address: 192.0.2.1/24 } }
`;

test("what was read is counted as people count", async () => {
  const directory = mkdtempSync(join(tmpdir(), "summary-"));
  try {
    const file = join(directory, "node.yaml");
    writeFileSync(file, NODE);
    const { stdout } = await calicoctl("compile", "-f", file, "--out-dir", join(directory, "out"));
    expect(stdout).toMatch(/^read 1 resource: 1 Node\n/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
