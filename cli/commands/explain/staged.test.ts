import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explained, QUICKSTART, TIERED } from "./testing.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "calicoctl-explain-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("staged policies", () => {
  test("are evaluated and never enforced", async () => {
    const { verdict, nodes } = await explained(TIERED, "corp/wiki-0", "192.0.2.7", "--dport", "9876");
    expect(verdict).toBe("allow");
    expect(nodes[0].staged).toMatchObject({
      policies: [
        {
          point: "workload-egress",
          endpoint: "pod corp/wiki-0",
          name: "StagedGlobalNetworkPolicy next-quarter",
          outcome: "deny",
          isReached: true,
          matched: [{ rule: "egress rule 1", place: { line: 97 } }],
        },
      ],
      ifEnforced: { verdict: "deny" },
    });
    const names = nodes[0].resources.points.flatMap(({ asked }: { asked: readonly { name: string }[] }) =>
      asked.map(({ name }) => name),
    );
    expect(names).not.toContain("StagedGlobalNetworkPolicy next-quarter");
  });

  test("one that does not match changes nothing", async () => {
    const { nodes } = await explained(TIERED, "corp/wiki-0", "192.0.2.7", "--dport", "443");
    expect(nodes[0].staged).toMatchObject({
      policies: [{ outcome: "undecided", isReached: true }],
      ifEnforced: { verdict: "allow" },
    });
  });

  test("one behind a decision is not reached; one takes the place of the enforced policy of its name", async () => {
    const file = join(directory, "staged.yaml");
    const staged = (name: string, order: number, action: string) => `---
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: { name: ${name}, namespace: demo }
spec:
  order: ${order}
  selector: app == 'backend'
  types: [Ingress]
  ingress: [{ action: ${action} }]
`;
    await writeFile(file, staged("late", 900, "Deny") + staged("allow-api", 500, "Deny"));
    const fixture = [...QUICKSTART, "-f", file];
    const { verdict, nodes } = await explained(
      fixture,
      "demo/frontend-0",
      "demo/backend-0",
      "--dport",
      "9000",
    );
    expect(verdict).toBe("allow");
    expect(nodes[0].staged).toMatchObject({
      policies: [
        { name: "StagedNetworkPolicy demo/allow-api", outcome: "deny", isReached: true },
        { name: "StagedNetworkPolicy demo/late", outcome: "deny", isReached: false },
      ],
      ifEnforced: {
        verdict: "deny",
        words: "workload-ingress: denied by ingress rule 1 of StagedNetworkPolicy demo/allow-api",
      },
    });
  });
});
