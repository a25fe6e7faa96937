import { type JsonObject, parseJson } from "../../../runtime/datastore/json.ts";
import type { KubernetesOptions } from "../../../runtime/datastore/kubernetes/connection.ts";
import { customResourceDefinitions } from "../../../runtime/datastore/kubernetes/crds/crds.ts";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import { type CrdGroup, servedKind } from "../../../runtime/datastore/kubernetes/served.ts";
import { writeObject } from "../../../runtime/datastore/kubernetes/values.ts";
import type { Resource } from "../../../runtime/datastore/resource.ts";
import { keyOf } from "../../../runtime/datastore/resource.ts";
import type { Harness } from "../contract.ts";
import { type ApiResource, resourceOfCrd } from "./api-server/resources.ts";
import { ApiServer } from "./api-server/server.ts";

/** A server with Calico's custom resources and the namespaces `default`, `prod`, `prod-2`. */
export async function startServer(group: CrdGroup): Promise<ApiServer> {
  const server = new ApiServer(resourcesOf(group));
  for (const namespace of ["default", "prod", "prod-2"]) server.addNamespace(namespace);
  await server.start();
  return server;
}

export function resourcesOf(group: CrdGroup): readonly ApiResource[] {
  return customResourceDefinitions(group).map(resourceOfCrd);
}

export function optionsFor(server: ApiServer, more: Partial<KubernetesOptions> = {}): KubernetesOptions {
  return { kubeconfigInline: kubeconfigFor(server.url), ...more };
}

export function kubeconfigFor(url: string, user: JsonObject = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: url } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

/** The contract's harness on the server of this repository. */
export async function standInHarness(group: CrdGroup): Promise<Harness> {
  const server = await startServer(group);
  const store = (resource: Resource): void => {
    const key = keyOf(resource);
    const served = servedKind(key, group);
    if (key.namespace !== "") server.addNamespace(key.namespace);
    const object = parseJson(writeObject(served, key.name, resource)) as JsonObject;
    server.storage.write(pathOf(group, served.plural, key.namespace, key.name), object);
  };
  return {
    open: async () => new KubernetesDatastore(optionsFor(server)),
    seed: async (resources) => {
      for (const resource of resources) store(resource);
    },
    corrupt: async (key) => {
      const path = pathOf(group, servedKind(key, group).plural, key.namespace, key.name);
      const { object } = server.storage.read(path)!;
      const metadata = object.metadata as JsonObject;
      const annotations = { "projectcalico.org/metadata": '{"labels":' };
      server.storage.write(path, { ...object, metadata: { ...metadata, annotations } });
    },
    forget: async () => {
      // As time goes on other objects are written; a list of the last revision alone is never too old.
      server.addNamespace(`later-${server.storage.revision}`);
      server.storage.compact();
    },
    stop: () => server.stop(),
    start: () => server.start(),
    close: () => server.stop(),
  };
}

function pathOf(group: CrdGroup, plural: string, namespace: string, name: string): string {
  return [group.split("/")[0], plural, ...(namespace === "" ? [] : [namespace]), name].join("/");
}
