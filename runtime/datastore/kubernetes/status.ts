import { DatastoreError } from "../errors.ts";
import { isJsonObject, type Json, objectOf } from "../json.ts";
import type { ResourceKey } from "../resource.ts";
import { resourceName, type ServedKind } from "./served.ts";

/** What a server says instead of an answer. Source: Kubernetes' API conventions, "Response Status Kind". */
export interface ApiStatus {
  /** HTTP status. */
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** The resource that it is about, "" where it does not say. */
  readonly about: string;
  readonly causes: readonly string[];
}

export function readStatus(code: number, body: Json | undefined): ApiStatus {
  const status = objectOf(body);
  const details = objectOf(status.details);
  const causes = Array.isArray(details.causes) ? details.causes.filter(isJsonObject) : [];
  return {
    code: typeof status.code === "number" ? status.code : code,
    reason: textOf(status.reason),
    message: textOf(status.message) || `HTTP status ${code}`,
    about: textOf(details.kind),
    causes: causes.map(({ reason }) => textOf(reason)),
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** What was asked when the status came. */
export interface Asked {
  readonly verb: "get" | "list" | "watch" | "create" | "update" | "delete";
  readonly served: ServedKind;
  readonly key?: ResourceKey;
  readonly bytes?: number;
  /** Of the watch or the list. */
  readonly revision?: string;
}

/** A conflict (409) is the datastore's to explain: it has to look at what is stored. */
export function translateStatus(status: ApiStatus, asked: Asked): DatastoreError {
  const { code, reason, message } = status;
  const { key, served, revision = "", bytes = 0 } = asked;
  if (code === 410 || (code === 504 && status.causes.includes("ResourceVersionTooLarge")))
    return new DatastoreError({ kind: "gone", revision });
  if (code === 401)
    return new DatastoreError({
      kind: "unauthorized",
      reason: `${message}: the server does not accept the token or certificate (it may have expired)`,
    });
  if (code === 403 && /\bcannot \w+ (resource|path)\b/.test(message))
    return new DatastoreError({ kind: "unauthorized", reason: `${message}. ${grantOf(message, asked)}` });
  if (code === 404 && asked.verb === "create" && status.about === "namespaces")
    return new DatastoreError({
      kind: "invalid",
      reason: `the namespace ${key?.namespace} does not exist: create it first`,
    });
  if (code === 404 && asked.verb === "create")
    return new DatastoreError({
      kind: "invalid",
      reason: `the server has no ${resourceName(served)}: install it with calicoctl datastore crds | kubectl apply -f -`,
    });
  if (code === 404 && key !== undefined) return new DatastoreError({ kind: "not-found", key });
  if (code === 409 && reason === "AlreadyExists" && key !== undefined)
    return new DatastoreError({ kind: "already-exists", key });
  if (key !== undefined && (code === 413 || /request is too large/i.test(message)))
    return new DatastoreError({ kind: "too-large", key, bytes });
  // Also what admission denies (403): trying again would not help.
  if (code === 400 || code === 403 || code === 405 || code === 422)
    return new DatastoreError({ kind: "invalid", reason: message });
  return new DatastoreError({ kind: "unreachable", reason: `${message} (HTTP status ${code})` });
}

function grantOf(message: string, { verb, served }: Asked): string {
  const user = /User "([^"]+)"/.exec(message)?.[1] ?? "NAME";
  const account = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user)?.[1];
  const subject =
    account === undefined ? `--user='${user.replaceAll("'", "'\\''")}'` : `--serviceaccount=${account}`;
  const role = `calicoctl-${verb}-${served.plural}`;
  return (
    `To allow it: kubectl create clusterrole ${role} --verb=${verb} --resource=${resourceName(served)} && ` +
    `kubectl create clusterrolebinding ${role} --clusterrole=${role} ${subject}`
  );
}
