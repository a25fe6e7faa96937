import type { Artifact } from "../../compiler/index.ts";
import type { HostState } from "./state.ts";

/** Throws where a part of the bundle would silently not be enforced. */
export function refuseUnsupported(artifacts: readonly Artifact[], { routing }: HostState): void {
  const limits = artifacts.find(({ path }) => path === "tc.batch");
  if (limits !== undefined)
    throw new Error(
      `bandwidth limits (${limits.path}) cannot be applied yet, because they are not read back`,
    );
  const wireguard = routing.links.find(({ kind }) => kind === "wireguard");
  if (wireguard !== undefined)
    throw new Error(
      `the WireGuard device ${wireguard.name} cannot be applied yet: its key is made on the host`,
    );
}
