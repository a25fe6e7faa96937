import { runInteractively } from "../../../runtime/host/network-space.ts";
import type { LabDirectory } from "../../../runtime/lab/directory.ts";
import { LabError } from "../../../runtime/lab/errors.ts";
import type { LabPlan } from "../../../runtime/lab/plan.ts";
import { inLab, recordOf } from "./this-lab.ts";

/** Returns the command's own exit code. On a node and a router the command finds BIRD's socket in the environment. */
export async function runLabExec(
  where: string,
  command: readonly string[],
  { name }: { readonly name: string },
): Promise<number> {
  return inLab(name, async (directory) => {
    const { plan } = await recordOf(directory);
    const { space, socket } = find(directory, plan, where);
    // Commander leaves a `--` that follows an argument.
    const [first, ...rest] = command;
    return runInteractively(
      space,
      first === "--" ? rest : command,
      socket === undefined ? {} : { CALICO_BIRD_SOCKET: socket },
    );
  });
}

function find(directory: LabDirectory, plan: LabPlan, where: string) {
  const bare = where.replace(/^node\//, "");
  const node = plan.nodes.find(({ name }) => name === bare);
  if (node !== undefined) return { space: node.space, socket: directory.node(node.name).socket };
  const router = plan.routers.find(({ name }) => name === where);
  if (router !== undefined) return { space: router.space, socket: directory.router(router.name).socket };
  const workload = plan.workloads.find(({ name }) => name === where);
  if (workload !== undefined) return { space: workload.space, socket: undefined };
  const all = [...plan.nodes, ...plan.routers, ...plan.workloads].map(({ name }) => name);
  throw new LabError(`lab ${plan.lab} has no ${where}; it has ${all.join(", ")}`);
}
