import { runInteractively, spaceCommand } from "../../../runtime/host/network-space.ts";
import type { LabDirectory, LabRecord } from "../../../runtime/lab/directory.ts";
import { LabError } from "../../../runtime/lab/errors.ts";
import { inLab, recordOf } from "./this-lab.ts";

/** Returns the command's own exit code. On a node and a router the command finds BIRD's socket in the environment. */
export async function runLabExec(
  where: string,
  command: readonly string[],
  { name }: { readonly name: string },
): Promise<number> {
  return inLab(name, async (directory) => {
    const record = await recordOf(directory);
    const { enter, socket } = find(directory, record, where);
    // Commander leaves a `--` that follows an argument.
    const [first, ...rest] = command;
    return runInteractively(
      [...enter, ...(first === "--" ? rest : command)],
      socket === undefined ? {} : { CALICO_BIRD_SOCKET: socket },
    );
  });
}

function find(directory: LabDirectory, { plan, hasUserspaceWireguard }: LabRecord, where: string) {
  const bare = where.replace(/^node\//, "");
  const node = plan.nodes.find(({ name }) => name === bare);
  if (node !== undefined) {
    const sockets = hasUserspaceWireguard ? directory.wireguard(node.name) : undefined;
    return { enter: spaceCommand(node.space, sockets), socket: directory.node(node.name).socket };
  }
  const router = plan.routers.find(({ name }) => name === where);
  if (router !== undefined)
    return { enter: spaceCommand(router.space), socket: directory.router(router.name).socket };
  const workload = plan.workloads.find(({ name }) => name === where);
  if (workload !== undefined) return { enter: spaceCommand(workload.space), socket: undefined };
  const all = [...plan.nodes, ...plan.routers, ...plan.workloads].map(({ name }) => name);
  throw new LabError(`lab ${plan.lab} has no ${where}; it has ${all.join(", ")}`);
}
