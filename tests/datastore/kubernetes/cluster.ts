import { setTimeout as delay } from "node:timers/promises";
import { printJson } from "../../../runtime/datastore/json.ts";
import { ApiClient } from "../../../runtime/datastore/kubernetes/client.ts";
import { loadConnection } from "../../../runtime/datastore/kubernetes/connection.ts";
import { customResourceDefinitions } from "../../../runtime/datastore/kubernetes/crds/crds.ts";
import { discoverGroup } from "../../../runtime/datastore/kubernetes/discovery.ts";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import { type CrdGroup, pathOf, servedKind } from "../../../runtime/datastore/kubernetes/served.ts";
import type { Resource, Selection } from "../../../runtime/datastore/resource.ts";
import type { Harness } from "../contract.ts";
import { NETWORK_SETS, POOLS } from "../samples.ts";

/** What the contract's tests write to. */
const NAMESPACES = ["prod", "prod-2", ...Array.from({ length: 50 }, (_, i) => `n${i}`)];
const CREATED_AT_ONCE = 16;
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/**
 * A cluster that a kubeconfig leads to, made ready for the contract: it gets the custom resource definitions that it
 * lacks, and the namespaces. Nothing is touched where there are network sets or pools already, or one of the namespaces.
 */
export class TestCluster {
  readonly group: CrdGroup;
  readonly #kubeconfig: string;
  readonly #client: ApiClient;
  readonly #never = new AbortController().signal;

  private constructor(kubeconfig: string, client: ApiClient, group: CrdGroup) {
    this.#kubeconfig = kubeconfig;
    this.#client = client;
    this.group = group;
  }

  static async open(kubeconfig: string): Promise<TestCluster> {
    const client = new ApiClient(() => loadConnection({ kubeconfig }), 30_000);
    const cluster = new TestCluster(
      kubeconfig,
      client,
      await discoverGroup(client, new AbortController().signal),
    );
    await cluster.#prepare();
    return cluster;
  }

  harness(): Harness {
    const open = () => new KubernetesDatastore({ kubeconfig: this.#kubeconfig });
    const impossible = async () => {
      throw new Error("this cannot be done to a cluster");
    };
    return {
      open: async () => open(),
      seed: (resources) => seed(open(), resources),
      corrupt: impossible,
      forget: impossible,
      stop: impossible,
      start: impossible,
      close: () => this.#empty(),
    };
  }

  /** Takes the namespaces away; the definitions stay. */
  async close(): Promise<void> {
    for (const name of NAMESPACES) await this.#send("DELETE", `/api/v1/namespaces/${name}`);
  }

  async #prepare(): Promise<void> {
    for (const selection of [NETWORK_SETS, POOLS])
      if ((await this.#count(selection)) > 0)
        throw new Error(`the cluster has a ${selection.kind} already: these tests are for an empty one`);
    for (const definition of customResourceDefinitions(this.group)) {
      const { status } = await this.#send("GET", `${CRDS}/${definition.metadata.name}`);
      if (status === 404) await this.#demand("POST", CRDS, JSON.stringify(definition));
    }
    for (const selection of [NETWORK_SETS, POOLS])
      for (let i = 0; (await this.#send("GET", this.#pathOf(selection))).status !== 200; i++) {
        if (i > 100) throw new Error(`the server does not serve ${selection.kind}`);
        await delay(100);
      }
    for (const name of NAMESPACES)
      await this.#demand(
        "POST",
        "/api/v1/namespaces",
        printJson({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
      );
  }

  async #count(selection: Selection): Promise<number> {
    const datastore = new KubernetesDatastore({ kubeconfig: this.#kubeconfig });
    return (await datastore.list(selection, { limit: 1 })).items.length;
  }

  async #empty(): Promise<void> {
    await this.#demand("DELETE", this.#pathOf(POOLS));
    for (const namespace of NAMESPACES) await this.#demand("DELETE", this.#pathOf(NETWORK_SETS, namespace));
  }

  #pathOf(selection: Selection, namespace = ""): string {
    return pathOf(servedKind(selection, this.group), namespace);
  }

  async #demand(method: "POST" | "DELETE", path: string, body?: string): Promise<void> {
    const { status, message } = await this.#send(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${message}`);
  }

  async #send(method: "GET" | "POST" | "DELETE", path: string, body?: string) {
    const answer = await this.#client.send(
      { method, path, ...(body === undefined ? {} : { body }) },
      this.#never,
    );
    return answer.ok
      ? { status: 200, message: "" }
      : { status: answer.status.code, message: answer.status.message };
  }
}

async function seed(datastore: KubernetesDatastore, resources: readonly Resource[]): Promise<void> {
  const left = [...resources];
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await datastore.create(next);
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, work));
}
