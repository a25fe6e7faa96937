import { once } from "node:events";
import { connect } from "node:tls";
import { DatastoreError } from "../errors.ts";
import type { EtcdOptions } from "./client.ts";

/** grpc-js 1.14 says this, and no more, of a server whose certificate it does not trust. */
const NO_REASON = /Last error: null/;
const PATIENCE = 3000;

/** An unreachable error with the reason that the TLS handshake gives, where gRPC gave none. */
export async function withHandshakeReason(
  error: DatastoreError,
  { endpoints, ca, certificate, key, timeout = PATIENCE }: EtcdOptions,
): Promise<DatastoreError> {
  if (error.problem.kind !== "unreachable" || !NO_REASON.test(error.problem.reason)) return error;
  for (const endpoint of endpoints) {
    const url = URL.parse(endpoint);
    if (url?.protocol !== "https:") continue;
    const { hostname, port } = url;
    const socket = connect({
      host: hostname,
      port: Number(port),
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      ALPNProtocols: ["h2"],
    });
    try {
      await once(socket, "secureConnect", { signal: AbortSignal.timeout(Math.min(timeout, PATIENCE)) });
    } catch (cause) {
      if (cause instanceof Error && cause.name !== "AbortError")
        return new DatastoreError(
          { kind: "unreachable", reason: `${endpoint}: ${cause.message}` },
          { cause },
        );
    } finally {
      socket.destroy();
    }
  }
  return error;
}
