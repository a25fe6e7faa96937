/**
 * Which datastore a command works on, from a config file or from the environment. Source: the sheet "Connection
 * config" (`libcalico-go/lib/apiconfig`); `file`, a directory of resources, is an addition of ours.
 */
import { UserError } from "../output/errors.ts";

export type Settings = FileSettings | EtcdSettings | KubernetesSettings;

export interface FileSettings {
  readonly type: "file";
  readonly path: string;
}

export interface EtcdSettings {
  readonly type: "etcdv3";
  readonly endpoints: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly ca: Certificate | undefined;
  readonly certificate: Certificate | undefined;
  readonly key: Certificate | undefined;
}

/** A PEM file, or PEM text that stands in the config file itself. */
export type Certificate = { readonly file: string } | { readonly pem: string };

/** Absent fields: not given; what then holds is the client library's to say. */
export interface KubernetesSettings {
  readonly type: "kubernetes";
  readonly kubeconfig?: string;
  readonly kubeconfigInline?: string;
  readonly endpoint?: string;
  readonly keyFile?: string;
  readonly certFile?: string;
  readonly caFile?: string;
  readonly token?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly context?: string;
  /** `crd.projectcalico.org/v1` or `projectcalico.org/v3`. */
  readonly apiGroup?: string;
}

/** Fields of `CalicoAPIConfig.spec` and the variable that stands for each; "" = none. */
const FIELDS: Readonly<Record<string, string>> = {
  datastoreType: "DATASTORE_TYPE",
  filePath: "FILE_PATH",
  etcdEndpoints: "ETCD_ENDPOINTS",
  etcdDiscoverySrv: "ETCD_DISCOVERY_SRV",
  etcdUsername: "ETCD_USERNAME",
  etcdPassword: "ETCD_PASSWORD",
  etcdKeyFile: "ETCD_KEY_FILE",
  etcdCertFile: "ETCD_CERT_FILE",
  etcdCACertFile: "ETCD_CA_CERT_FILE",
  etcdKey: "",
  etcdCert: "",
  etcdCACert: "",
  kubeconfig: "KUBECONFIG",
  kubeconfigInline: "",
  k8sAPIEndpoint: "K8S_API_ENDPOINT",
  k8sKeyFile: "K8S_KEY_FILE",
  k8sCertFile: "K8S_CERT_FILE",
  k8sCAFile: "K8S_CA_FILE",
  // Calico reads this one only in this spelling: the CNI plugin exports the plain name for itself.
  k8sAPIToken: "K8SAPITOKEN",
  k8sInsecureSkipTLSVerify: "K8S_INSECURE_SKIP_TLS_VERIFY",
  k8sDisableNodePoll: "K8S_DISABLE_NODE_POLL",
  usePodCIDR: "USE_POD_CIDR",
  k8sClientQPS: "K8S_CLIENT_QPS",
  k8sClientBurst: "K8S_CLIENT_BURST",
  k8sCurrentContext: "K8S_CURRENT_CONTEXT",
  calicoAPIGroup: "CALICO_API_GROUP",
};

export type Values = ReadonlyMap<string, string>;

export function isField(name: string): boolean {
  return Object.hasOwn(FIELDS, name);
}

/** The fields that the environment sets; `CALICO_X` goes before `X`, and an empty variable is none. */
export function valuesOfEnvironment(environment: Readonly<Record<string, string | undefined>>): Values {
  const values = new Map<string, string>();
  for (const [field, variable] of Object.entries(FIELDS)) {
    if (variable === "") continue;
    const plain = field === "k8sAPIToken" ? undefined : environment[variable];
    const value = environment[`CALICO_${variable.replace(/^CALICO_/, "")}`] || plain;
    if (value) values.set(field, value);
  }
  return values;
}

const NOT_CHOSEN = `no datastore is configured. Give one of
  DATASTORE_TYPE=file FILE_PATH=DIRECTORY       a directory of YAML and JSON files
  DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=URL,URL  etcd
  DATASTORE_TYPE=kubernetes KUBECONFIG=FILE     the Kubernetes API
in the environment, or the same as filePath, etcdEndpoints, kubeconfig in a file named with --config`;

/** `where` the values come from, for messages. Throws UserError where they name no datastore or contradict each other. */
export function settingsOf(values: Values, where: string): Settings {
  const type = values.get("datastoreType") ?? guess(values);
  switch (type) {
    case "file":
      return { type, path: needed(values, "filePath", "file", where) };
    case "etcdv3":
      return etcd(values, where);
    case "kubernetes":
      return kubernetes(values);
    case undefined:
      throw new UserError(NOT_CHOSEN);
    default:
      throw new UserError(
        `unknown datastore type '${type}' in ${where}: it is one of file, etcdv3, kubernetes`,
      );
  }
}

/** Calico takes etcd where endpoints are given, else Kubernetes, which here has to be named somehow. */
function guess(values: Values): string | undefined {
  const has = (...fields: readonly string[]) => fields.some((field) => values.has(field));
  const file = has("filePath");
  const etcd = has("etcdEndpoints", "etcdDiscoverySrv");
  if (file && etcd)
    throw new UserError("both FILE_PATH and ETCD_ENDPOINTS are set: say which is meant with DATASTORE_TYPE");
  if (etcd) return "etcdv3";
  if (file) return "file";
  return has("kubeconfig", "kubeconfigInline", "k8sAPIEndpoint") ? "kubernetes" : undefined;
}

function etcd(values: Values, where: string): EtcdSettings {
  if (values.has("etcdDiscoverySrv")) {
    if (values.has("etcdEndpoints"))
      throw new UserError(
        'multiple discovery or bootstrap options specified, use either "etcdEndpoints" or "etcdDiscoverySrv"',
      );
    throw new UserError("etcdDiscoverySrv is not supported: name the members in etcdEndpoints");
  }
  const inline = ["etcdKey", "etcdCert", "etcdCACert"].some((field) => values.has(field));
  const files = ["etcdKeyFile", "etcdCertFile", "etcdCACertFile"].some((field) => values.has(field));
  if (inline && files) throw new UserError("Cannot mix inline certificate-key and certificate / key files");
  const endpoints = needed(values, "etcdEndpoints", "etcdv3", where)
    .split(",")
    .map((endpoint) => endpoint.trim())
    .filter((endpoint) => endpoint !== "");
  for (const endpoint of endpoints)
    if (!/^https?:\/\/[^/]+\/?$/.test(endpoint))
      throw new UserError(`'${endpoint}' in ${where} is no etcd endpoint: it reads http(s)://HOST:PORT`);
  const username = values.get("etcdUsername") ?? "";
  const password = values.get("etcdPassword") ?? "";
  const [key, certificate] = [certificateOf(values, "etcdKey"), certificateOf(values, "etcdCert")];
  if ((key === undefined) !== (certificate === undefined))
    throw new UserError(`etcd needs a client certificate and its key together; ${where} has one of them`);
  return {
    type: "etcdv3",
    endpoints: endpoints.map((endpoint) => endpoint.replace(/\/$/, "")),
    username,
    password,
    ca: certificateOf(values, "etcdCACert"),
    certificate,
    key,
  };
}

function certificateOf(values: Values, field: string): Certificate | undefined {
  const pem = values.get(field);
  if (pem !== undefined) return { pem };
  const file = values.get(`${field}File`);
  return file === undefined ? undefined : { file };
}

function kubernetes(values: Values): KubernetesSettings {
  const text = (field: string, as: string) => {
    const value = values.get(field);
    return value === undefined ? {} : { [as]: value };
  };
  return {
    type: "kubernetes",
    ...text("kubeconfig", "kubeconfig"),
    ...text("kubeconfigInline", "kubeconfigInline"),
    ...text("k8sAPIEndpoint", "endpoint"),
    ...text("k8sKeyFile", "keyFile"),
    ...text("k8sCertFile", "certFile"),
    ...text("k8sCAFile", "caFile"),
    ...text("k8sAPIToken", "token"),
    ...text("k8sCurrentContext", "context"),
    ...text("calicoAPIGroup", "apiGroup"),
    ...(values.get("k8sInsecureSkipTLSVerify") === "true" ? { insecureSkipTlsVerify: true } : {}),
  };
}

function needed(values: Values, field: string, type: string, where: string): string {
  const value = values.get(field);
  if (value !== undefined && value !== "") return value;
  throw new UserError(
    `datastore type '${type}' in ${where} needs ${FIELDS[field]}, or ${field} in a config file`,
  );
}
