import { runTool } from "../host/run.ts";
import type { Piece } from "./collect.ts";

/** Programs that know of containers, and how each lists those of Calico. */
const TOOLS: readonly (readonly [tool: string, list: readonly string[]])[] = [
  ["docker", ["ps", "-a", "--filter", "name=calico", "--format", "{{.Names}}"]],
  ["nerdctl", ["ps", "-a", "--filter", "name=calico", "--format", "{{.Names}}"]],
  ["crictl", ["ps", "-a", "--name", "calico", "--quiet"]],
];

/** The logs of Calico's containers, of the first program that has any; none where no program answers. */
export async function containerPieces(): Promise<readonly Piece[]> {
  for (const [tool, list] of TOOLS) {
    const { code, stdout } = await runTool(tool, list);
    const names = stdout.split("\n").filter((name) => name !== "" && !name.includes("k8s_POD"));
    if (code === 0 && names.length > 0)
      return names.map((name) => ({
        title: `Copying logs of container ${name}`,
        commands: [[tool, "logs", name]],
        file: `logs/${name}.log`,
      }));
  }
  return [];
}
