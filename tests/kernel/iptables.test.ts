import { describe, expect, test } from "vitest";
import { canonicalState } from "../../compiler/backends/iptables/canonical.ts";
import { iptablesBackend } from "../../compiler/backends/iptables/index.ts";
import { everythingIr } from "../../compiler/backends/iptables/sample.ts";
import type { IptablesState } from "../../compiler/backends/iptables/state.ts";
import {
  makeIr,
  makePolicy,
  makeRule,
  makeWorkload,
  tier,
  use,
} from "../../compiler/backends/iptables/testing.ts";
import { DEFAULT_FEATURES } from "../../compiler/dataplane/features.ts";
import { DiagnosticBag } from "../../compiler/diagnostics/bag.ts";
import type { NodeIr } from "../../compiler/ir/node-ir.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { Namespace } from "./namespace.ts";
import { missingForKernelTests } from "./requirements.ts";
import { loadRules, readRules } from "./stock-tools.ts";

const missing = missingForKernelTests([
  "ip",
  "ipset",
  "iptables-nft-restore",
  "iptables-legacy-restore",
  "nft",
]);

function emit(ir: NodeIr): IptablesState {
  return iptablesBackend.emit(ir, { features: DEFAULT_FEATURES, report: new DiagnosticBag().report });
}

async function inNamespace(body: (space: Namespace) => Promise<void>): Promise<void> {
  const space = await Namespace.create("iptables");
  try {
    await body(space);
  } finally {
    await space.close();
  }
}

describe.skipIf(missing !== undefined)(
  `the kernel keeps what the iptables back end writes${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    describe.each(["nft", "legacy"] as const)("%s", (variant) => {
      test("every form of rule and set that there is", async (context) => {
        const state = emit(everythingIr());
        const host = await detectFeatures(variant);
        const bag = new DiagnosticBag();
        iptablesBackend.emit(everythingIr(), { features: host, report: bag.report });
        const lacking = bag.diagnostics({ locate: () => undefined, lineText: () => undefined });
        context.skip(lacking.length > 0, lacking[0]?.message);
        await inNamespace(async (space) => {
          await loadRules(space, variant, iptablesBackend.print(state, "n1"));
          const saved = await readRules(space, variant);
          expect(saved).toEqual(canonicalState(state));
          expect(iptablesBackend.diff(saved, state)).toEqual([]);
        });
      });

      test("names that want to be options stay names", async () => {
        const wild = [
          '"; -j ACCEPT',
          "x\nCOMMIT\n*filter",
          "\\",
          "-m",
          "--comment",
          "# x",
          "%s é \u2028",
          "y".repeat(400),
        ];
        const policies = wild.map((name) =>
          makePolicy(`np/shop/${name}`, {
            name,
            tier: name,
            directions: ["ingress"],
            ingress: [makeRule("allow", [], { annotations: [[name, name]] }), makeRule("log")],
          }),
        );
        const ir = makeIr({
          settings: { logPrefix: "%n %t" },
          policies,
          workloads: [
            makeWorkload("cali1", {
              workload: wild.join(),
              policies: {
                ingress: policies.map(({ id, name }) => tier([use(id, name)], { tier: name })),
                egress: [],
              },
            }),
          ],
        });
        const state = emit(ir);
        await inNamespace(async (space) => {
          const artifacts = iptablesBackend.print(state, wild.join());
          await space.run(
            `iptables-${variant}-restore`,
            ["--noflush"],
            artifacts.find(({ path }) => path === "iptables.restore")?.text,
          );
          const saved = await readRules(space, variant);
          expect(saved.rulesets[0]).toEqual(canonicalState(state).rulesets[0]);
        });
      });

      test("what others do to our rules shows as a difference", async () => {
        const state = emit(makeIr({ workloads: [makeWorkload("cali1")] }));
        const iptables = `iptables-${variant}`;
        await inNamespace(async (space) => {
          const [artifact] = iptablesBackend.print(state, "n1");
          await space.run(`${iptables}-restore`, ["--noflush"], artifact?.text);
          const differences = async () =>
            iptablesBackend
              .diff(await readRules(space, variant), {
                ...state,
                rulesets: state.rulesets.slice(0, 1),
                arpGuard: { interfaces: [] },
              })
              .map(({ kind }) => kind);
          expect(await differences()).toEqual([]);
          await space.run(iptables, ["-A", "FORWARD", "-j", "DROP"]);
          expect(await differences()).toEqual([]);
          await space.run(iptables, ["-I", "FORWARD", "-j", "DROP"]);
          expect(await differences()).toEqual(["hook-misplaced"]);
          await space.run(iptables, ["-I", "cali-tw-cali1", "-j", "ACCEPT"]);
          expect(await differences()).toEqual(["rule-removed", "hook-misplaced"]);
          await space.run(iptables, ["-F", "INPUT"]);
          expect(await differences()).toEqual(["rule-removed", "hook-added", "hook-misplaced"]);
        });
      });
    });
  },
);
