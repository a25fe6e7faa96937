import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { DatastoreError } from "../errors.ts";
import type { CrdGroup } from "./served.ts";

/** How to reach a Kubernetes API server. What is absent comes from the kubeconfig. */
export interface KubernetesOptions {
  /** A path, or several as in `KUBECONFIG`; absent: `~/.kube/config`, else the pod that this runs in. */
  readonly kubeconfig?: string;
  /** The text of one; goes before `kubeconfig`. */
  readonly kubeconfigInline?: string;
  readonly context?: string;
  /** URL of the server. */
  readonly endpoint?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly token?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** Absent: what the server has. */
  readonly crdGroup?: CrdGroup;
  /** Milliseconds for one request; 30,000 unless set. */
  readonly timeout?: number;
  /** Milliseconds until a kind is looked for again that the server did not have; 30 minutes unless set, as in Calico. */
  readonly lookAgain?: number;
}

const POD_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Source of the order: the sheet "Kubernetes (KDD)". Throws invalid where there is nothing to connect to, or what
 * there is cannot be read.
 */
export function loadConnection(options: KubernetesOptions): KubeConfig {
  try {
    return withOverrides(loadFiles(options), options);
  } catch (cause) {
    if (cause instanceof DatastoreError) throw cause;
    const reason = `the kubeconfig cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new DatastoreError({ kind: "invalid", reason }, { cause });
  }
}

function loadFiles({ kubeconfig, kubeconfigInline, context, endpoint }: KubernetesOptions): KubeConfig {
  const config = new KubeConfig();
  const home = join(homedir(), ".kube", "config");
  const path = kubeconfig ?? (endpoint === undefined && existsSync(home) ? home : undefined);
  if (kubeconfigInline !== undefined) config.loadFromString(kubeconfigInline);
  else if (path !== undefined) loadPaths(config, path);
  else if (endpoint === undefined && existsSync(POD_TOKEN)) config.loadFromCluster();
  else if (endpoint === undefined)
    throw new DatastoreError({
      kind: "invalid",
      reason: `no Kubernetes API server is known: set KUBECONFIG or K8S_API_ENDPOINT (there is no ${home}, and this is no pod)`,
    });
  if (context !== undefined) {
    if (config.getContextObject(context) === null)
      throw new DatastoreError({ kind: "invalid", reason: `the kubeconfig has no context ${context}` });
    config.setCurrentContext(context);
  }
  return config;
}

function loadPaths(config: KubeConfig, paths: string): void {
  const [first = "", ...others] = paths.split(delimiter).filter((path) => path !== "");
  config.loadFromFile(first);
  for (const path of others) {
    const other = new KubeConfig();
    other.loadFromFile(path);
    config.mergeConfig(other, true);
  }
}

function withOverrides(config: KubeConfig, options: KubernetesOptions): KubeConfig {
  const { endpoint, caFile, certFile, keyFile, token, insecureSkipTlsVerify } = options;
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  const server = endpoint ?? cluster?.server;
  if (server === undefined)
    throw new DatastoreError({
      kind: "invalid",
      reason: "the kubeconfig's current context names no cluster",
    });
  const result = new KubeConfig();
  result.loadFromClusterAndUser(
    {
      ...(cluster ?? { name: "cluster" }),
      server: server.replace(/\/+$/, ""),
      // With http there is nothing to verify, and the library demands that this is said.
      skipTLSVerify: server.startsWith("http:") || (insecureSkipTlsVerify ?? cluster?.skipTLSVerify ?? false),
      ...(caFile === undefined ? {} : { caFile, caData: "" }),
    },
    {
      ...(user ?? { name: "user" }),
      ...(certFile === undefined ? {} : { certFile, certData: "" }),
      ...(keyFile === undefined ? {} : { keyFile, keyData: "" }),
      ...(token === undefined ? {} : { token }),
    },
  );
  return result;
}
