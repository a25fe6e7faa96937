import { labPeers, sessionsDown } from "../../../runtime/lab/converge.ts";
import { birdRuns } from "../../../runtime/lab/speakers.ts";
import { table } from "../../output/table.ts";
import { inLab, recordOf, say, unfinished } from "./this-lab.ts";

export interface LabStatusRequest {
  readonly name: string;
  readonly output: "text" | "json";
}

/** Returns the exit code: 1 where a session is not established, or `up` is not done. */
export async function runLabStatus({ name, output }: LabStatusRequest): Promise<number> {
  return inLab(name, async (directory) => {
    const record = await recordOf(directory);
    const { plan, cannotRun, isApplied } = record;
    const sessions = await labPeers(
      directory,
      plan.nodes.map((node) => node.name),
    );
    const nodes = await Promise.all(
      plan.nodes.map(async (node) => ({
        name: node.name,
        namespace: node.space,
        addresses: node.interfaces.flatMap(({ addresses }) => addresses),
        bird: await birdRuns(directory.node(node.name)),
        birdSocket: directory.node(node.name).socket,
        cannotRun: cannotRun[node.name] ?? null,
      })),
    );
    const workloads = plan.workloads.map(({ name: workload, node, space, interfaceName, addresses }) => ({
      name: workload,
      node,
      namespace: space,
      interface: interfaceName,
      addresses,
    }));
    const routers = plan.routers.map(({ name: address, space }) => ({ address, namespace: space }));
    if (!isApplied) say(unfinished(name));
    const isWhole = isApplied && sessionsDown(sessions, record).length === 0;
    if (output === "json") {
      const report = { version: 1, lab: name, nodes, routers, workloads, sessions };
      process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return isWhole ? 0 : 1;
    }
    const parts = [
      table(
        ["NODE", "ADDRESSES", "BIRD", "NAMESPACE"],
        nodes.map((node) => [
          node.name,
          node.addresses.join(" "),
          node.cannotRun === null ? (node.bird ? "runs" : "-") : `cannot run here: ${node.cannotRun}`,
          node.namespace,
        ]),
      ),
      table(
        ["WORKLOAD", "NODE", "ADDRESSES", "INTERFACE", "NAMESPACE"],
        workloads.map((each) => [
          each.name,
          each.node,
          each.addresses.join(" "),
          each.interface,
          each.namespace,
        ]),
      ),
      ...(routers.length === 0
        ? []
        : [
            table(
              ["ROUTER", "NAMESPACE"],
              routers.map((router) => [router.address, router.namespace]),
            ),
          ]),
      table(
        ["NODE", "PEER", "TYPE", "STATE", "SINCE", "INFO", "LEARNED", "ANNOUNCED"],
        sessions.map((peer) => [
          peer.node,
          peer.address,
          peer.type,
          peer.state,
          peer.since,
          peer.info,
          peer.imported,
          peer.exported,
        ]),
      ),
    ];
    process.stdout.write(`${parts.join("\n\n")}\n`);
    return isWhole ? 0 : 1;
  });
}
