import type { SessionScope } from "../../ir/bgp-ir.ts";

const PREFIX: Readonly<Record<SessionScope, string>> = {
  mesh: "Mesh_",
  global: "Global_",
  node: "Node_",
  "local-workload": "Local_Workload_",
};

/**
 * Calico's own protocol name, so that its tools recognise the peer. It depends on the peer's address and port only:
 * whatever else changes, the session is not renamed, and so not reset.
 */
export function sessionName(scope: SessionScope, address: string, port: number | undefined): string {
  const mangled = address.replaceAll(/[.:]/g, "_");
  return `${PREFIX[scope]}${mangled}${port === undefined ? "" : `_port_${port}`}`;
}
