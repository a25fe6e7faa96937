import type { XtChain } from "../../dataplane/xtables.ts";
import type { LocalWorkload } from "../../ir/node-ir.ts";
import { denyTarget, type FamilyContext } from "./context.ts";
import { dispatchChains } from "./dispatch.ts";
import { type ChainDraft, placeChain, rule } from "./draft.ts";
import { endpointChain } from "./endpoint-chain.ts";
import { chainName } from "./names.ts";
import { goto } from "./rule-parts.ts";

/** Dispatch and endpoint chains of the node's workloads, in the filter table. */
export function workloadChains(context: FamilyContext): readonly (ChainDraft | XtChain)[] {
  const { workloads } = context.ir;
  // An interface with a workload's prefix that nobody claims is cut off in both directions.
  const end = [rule([], denyTarget(context.settings, "filter"), "Unknown interface")];
  const tree = (
    root: string,
    heading: string,
    direction: "in" | "out",
    family: "from-workload" | "to-workload",
  ) =>
    dispatchChains({
      root,
      heading,
      direction,
      end,
      entries: workloads.map(({ interfaceName }) => ({
        interfaceName,
        target: goto(chainName(family, interfaceName)),
      })),
    });
  return [
    ...tree("cali-from-wl-dispatch", "Packets from workloads, by interface", "in", "from-workload"),
    ...tree("cali-to-wl-dispatch", "Packets to workloads, by interface", "out", "to-workload"),
    ...workloads.flatMap((workload) =>
      context.workloadChains.get(workload, "", () =>
        ownChains(context, workload).map((draft) => placeChain(draft, context.version)),
      ),
    ),
  ];
}

function ownChains(
  context: FamilyContext,
  { interfaceName, workload, policies, profiles, qos }: LocalWorkload,
): readonly ChainDraft[] {
  const common = { table: "filter", kind: "normal", profiles, failsafe: false } as const;
  return [
    endpointChain(context, {
      ...common,
      name: chainName("from-workload", interfaceName),
      heading: `From workload ${workload}`,
      direction: "egress",
      tiers: policies.egress,
      limits: qos.egress,
      guardTunnels: true,
    }),
    endpointChain(context, {
      ...common,
      name: chainName("to-workload", interfaceName),
      heading: `To workload ${workload}`,
      direction: "ingress",
      tiers: policies.ingress,
      limits: qos.ingress,
    }),
  ];
}
