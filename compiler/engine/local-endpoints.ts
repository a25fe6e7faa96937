import type { HostEndpoint, WorkloadEndpoint } from "../ir/cluster-model.ts";

type LocalEndpoint = WorkloadEndpoint | HostEndpoint;

/** What is on one node. */
export interface NodeEndpoints {
  readonly workloads: ReadonlyMap<string, WorkloadEndpoint>;
  readonly hosts: ReadonlyMap<string, HostEndpoint>;
  /** Changes whenever one of them does. */
  readonly revision: number;
}

class Bin implements NodeEndpoints {
  readonly workloads = new Map<string, WorkloadEndpoint>();
  readonly hosts = new Map<string, HostEndpoint>();
  revision = 0;
}

const NOTHING: NodeEndpoints = { workloads: new Map(), hosts: new Map(), revision: -1 };

/** Endpoints by the node that they are on. */
export class LocalEndpoints {
  readonly #bins = new Map<string, Bin>();
  #revision = 0;

  on(node: string): NodeEndpoints {
    return this.#bins.get(node) ?? NOTHING;
  }

  /** Nodes that some endpoint names, whether they exist or not. */
  nodes(): Iterable<string> {
    return this.#bins.keys();
  }

  move(before: LocalEndpoint | undefined, after: LocalEndpoint | undefined): void {
    if (before !== undefined && before.node !== after?.node) this.#take(before);
    if (after !== undefined) this.#put(after);
  }

  #put(endpoint: LocalEndpoint): void {
    let bin = this.#bins.get(endpoint.node);
    if (bin === undefined) {
      bin = new Bin();
      this.#bins.set(endpoint.node, bin);
    }
    bin.revision = ++this.#revision;
    if (endpoint.kind === "workload-endpoint") bin.workloads.set(endpoint.key, endpoint);
    else bin.hosts.set(endpoint.key, endpoint);
  }

  #take(endpoint: LocalEndpoint): void {
    const bin = this.#bins.get(endpoint.node);
    if (bin === undefined) return;
    bin.revision = ++this.#revision;
    if (endpoint.kind === "workload-endpoint") bin.workloads.delete(endpoint.key);
    else bin.hosts.delete(endpoint.key);
    if (bin.workloads.size === 0 && bin.hosts.size === 0) this.#bins.delete(endpoint.node);
  }
}
