import { afterEach, beforeEach } from "vitest";
import type { JsonObject } from "../../../runtime/datastore/json.ts";
import type { KubernetesOptions } from "../../../runtime/datastore/kubernetes/connection.ts";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import type { Selection } from "../../../runtime/datastore/resource.ts";
import { Mirror } from "../consume.ts";
import type { ApiServer } from "./api-server/server.ts";
import { optionsFor, startServer } from "./harness.ts";

export const PODS: Selection = { apiVersion: "v1", kind: "Pod" };

/** A server with v1 custom resources, and what a test opens to it. */
class Fixture {
  server!: ApiServer;
  readonly #closing: (() => Promise<void>)[] = [];

  async start(): Promise<void> {
    this.server = await startServer("crd.projectcalico.org/v1");
  }

  async stop(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
    await this.server.stop();
  }

  /** What is opened last is closed first. */
  afterwards(close: () => Promise<void>): void {
    this.#closing.unshift(close);
  }

  open(more: Partial<KubernetesOptions> = {}): KubernetesDatastore {
    const datastore = new KubernetesDatastore(optionsFor(this.server, more));
    this.afterwards(() => datastore.close());
    return datastore;
  }

  mirror(datastore: KubernetesDatastore, selection: Selection): Mirror {
    const made = new Mirror(datastore, [selection]);
    this.afterwards(() => made.stop());
    return made;
  }

  storePod(name: string, spec: JsonObject = {}): void {
    this.server.storage.write(`/pods/prod/${name}`, { metadata: { name, namespace: "prod" }, spec });
  }
}

/** One for each test of a file. */
export function withServer(): Fixture {
  const fixture = new Fixture();
  beforeEach(() => fixture.start());
  afterEach(() => fixture.stop());
  return fixture;
}
