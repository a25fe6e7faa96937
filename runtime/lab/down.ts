import { removeNetworkSpaces } from "../host/network-space.ts";
import type { LabDirectory } from "./directory.ts";
import { spaceNames } from "./names.ts";

/** Removes the lab's processes, namespaces with all devices, and files; also what a killed `up` has left. */
export async function takeDown(directory: LabDirectory): Promise<void> {
  await removeNetworkSpaces([...(await directory.spaces()), spaceNames.scratch(directory.lab)]);
  await directory.remove();
}
