import { stat } from "node:fs/promises";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { DatastoreError } from "../../runtime/datastore/errors.ts";
import { UserError } from "../output/errors.ts";
import { readText } from "../output/read-text.ts";
import { readSettings } from "./config-file.ts";
import type { Certificate, EtcdSettings, FileSettings, KubernetesSettings, Settings } from "./settings.ts";

export interface OpenedDatastore {
  readonly datastore: Datastore;
  readonly type: Settings["type"];
}

/** The datastore that `--config` or the environment names; the caller closes it. Throws UserError. */
export async function openDatastore(config: string): Promise<OpenedDatastore> {
  const settings = await readSettings(config, process.env);
  try {
    return { datastore: await open(settings), type: settings.type };
  } catch (error) {
    throw error instanceof DatastoreError ? new UserError(error.message) : error;
  }
}

/** Runs `task` with the datastore, and closes it whatever happens. */
export async function withDatastore<T>(
  config: string,
  task: (opened: OpenedDatastore) => Promise<T>,
): Promise<T> {
  const opened = await openDatastore(config);
  try {
    return await task(opened);
  } finally {
    await opened.datastore.close();
  }
}

/** Each client library is loaded only by who needs it. */
async function open(settings: Settings): Promise<Datastore> {
  switch (settings.type) {
    case "file":
      return openDirectory(settings);
    case "etcdv3":
      return openEtcd(settings);
    case "kubernetes":
      return openKubernetes(settings);
  }
}

async function openDirectory({ path }: FileSettings): Promise<Datastore> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined)
    throw new UserError(
      `the datastore directory ${path} does not exist: make it, or set FILE_PATH to another`,
    );
  if (!info.isDirectory()) throw new UserError(`the datastore ${path} is not a directory`);
  const { FileDatastore } = await import("../../runtime/datastore/file/file-datastore.ts");
  return new FileDatastore(path);
}

async function openEtcd(settings: EtcdSettings): Promise<Datastore> {
  const { endpoints, username, password } = settings;
  const secure = endpoints.filter((endpoint) => endpoint.startsWith("https:"));
  if (secure.length > 0 && secure.length < endpoints.length)
    throw new UserError("etcd endpoints are all http:// or all https://");
  const given = await Promise.all([pem(settings.ca), pem(settings.certificate), pem(settings.key)]);
  const [ca, certificate, key] = given;
  if (ca === undefined && certificate !== undefined)
    throw new UserError("a client certificate for etcd needs the CA of its server: set ETCD_CA_CERT_FILE");
  const { EtcdDatastore } = await import("../../runtime/datastore/etcd/etcd-datastore.ts");
  return new EtcdDatastore({
    endpoints,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(username === "" || password === "" ? {} : { username, password }),
  });
}

async function openKubernetes({ type: _, apiGroup, ...given }: KubernetesSettings): Promise<Datastore> {
  const { KubernetesDatastore } = await import("../../runtime/datastore/kubernetes/kubernetes-datastore.ts");
  return new KubernetesDatastore({
    ...given,
    ...(apiGroup === undefined ? {} : { crdGroup: groupOf(apiGroup) }),
  });
}

/** Calico takes everything but the one name for the older group. */
function groupOf(apiGroup: string): "projectcalico.org/v3" | "crd.projectcalico.org/v1" {
  return apiGroup.toLowerCase() === "projectcalico.org/v3"
    ? "projectcalico.org/v3"
    : "crd.projectcalico.org/v1";
}

async function pem(certificate: Certificate | undefined): Promise<Buffer | undefined> {
  if (certificate === undefined) return undefined;
  if ("pem" in certificate) return Buffer.from(certificate.pem);
  return Buffer.from(await readText(certificate.file));
}
