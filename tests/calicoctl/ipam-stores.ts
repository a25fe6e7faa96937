import { vi } from "vitest";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { EtcdDatastore } from "../../runtime/datastore/etcd/etcd-datastore.ts";
import { FileDatastore } from "../../runtime/datastore/file/file-datastore.ts";
import { KubernetesDatastore } from "../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import { type CrdGroup, servedKind } from "../../runtime/datastore/kubernetes/served.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { EtcdServer, missingForEtcdTests, run } from "../datastore/etcd-server.ts";
import { kubeconfigFor, optionsFor, startServer } from "../datastore/kubernetes/harness.ts";
import { ALLOCATED, CALICO_USERS, KUBERNETES_USERS, SERVICE } from "./ipam-cluster.ts";
import { Store } from "./store.ts";

/** A datastore that commands are pointed to, with the cluster of `ipam-cluster.ts` in it. */
export interface IpamStore {
  readonly store: Store;
  readonly datastore: Datastore;
  close(): Promise<void>;
}

export interface IpamStoreKind {
  readonly name: string;
  /** Why it cannot be tried here. */
  readonly missing: string | undefined;
  open(): Promise<IpamStore>;
}

export const IPAM_STORES: readonly IpamStoreKind[] = [
  { name: "file", missing: undefined, open: openFile },
  { name: "etcd", missing: missingForEtcdTests(), open: openEtcd },
  { name: "kubernetes", missing: undefined, open: openKubernetes },
  {
    name: "kubernetes projectcalico.org/v3",
    missing: undefined,
    open: () => openKubernetes("projectcalico.org/v3"),
  },
];

async function openFile(): Promise<IpamStore> {
  const store = await Store.open();
  const datastore = new FileDatastore(store.directory);
  await createAll(datastore, [...ALLOCATED, ...CALICO_USERS, SERVICE]);
  return { store, datastore, close: () => closeAll(datastore, store) };
}

/** `putRaw`: whatever stands under a key. */
export async function openEtcd(): Promise<IpamStore & { putRaw(key: string, value: string): Promise<void> }> {
  const server = await EtcdServer.start();
  const store = await Store.open({ ETCD_ENDPOINTS: server.endpoint });
  const datastore = new EtcdDatastore({ endpoints: [server.endpoint] });
  await createAll(datastore, [...ALLOCATED, ...CALICO_USERS]);
  return {
    store,
    datastore,
    putRaw: async (key, value) => {
      run("etcdctl", [`--endpoints=${server.endpoint}`, "put", key, value], { ETCDCTL_API: "3" });
    },
    close: () => closeAll(datastore, store, () => server.close()),
  };
}

export async function openKubernetes(group: CrdGroup = "crd.projectcalico.org/v1"): Promise<KubernetesStore> {
  const opened = await openEmptyKubernetes(group);
  await createAll(opened.datastore, ALLOCATED);
  opened.write(KUBERNETES_USERS);
  return opened;
}

export interface KubernetesStore extends IpamStore {
  /** As others write Kubernetes' own objects. */
  write(natives: readonly Resource[]): void;
  /** What the server refuses by its access rules, as `create ippools`. */
  readonly forbidden: Set<string>;
}

export async function openEmptyKubernetes(
  group: CrdGroup = "crd.projectcalico.org/v1",
): Promise<KubernetesStore> {
  const server = await startServer(group);
  const store = await Store.open({});
  const file = await store.file("kubeconfig", kubeconfigFor(server.url));
  vi.stubEnv("KUBECONFIG", file);
  const datastore = new KubernetesDatastore(optionsFor(server));
  return {
    store,
    datastore,
    forbidden: server.forbidden,
    write: (natives) => {
      for (const native of natives) {
        const { plural } = servedKind(native, group);
        const { name, namespace } = native.metadata;
        const path = ["", plural, ...(namespace === undefined ? [] : [namespace]), name].join("/");
        server.storage.write(path, native);
      }
    },
    close: () => closeAll(datastore, store, () => server.stop()),
  };
}

async function createAll(datastore: Datastore, resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) await datastore.create(resource);
}

async function closeAll(datastore: Datastore, store: Store, more?: () => Promise<void>): Promise<void> {
  await datastore.close();
  await store.close();
  await more?.();
}
