import type { JsonObject } from "../../../../runtime/datastore/json.ts";
import { type ApiResource, qualifiedName } from "./resources.ts";

/** An answer that is no object: Kubernetes' `Status`. The texts are those of a real server (1.33). */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject;
  /** More of the list's metadata, for an expired token. */
  readonly metadata: JsonObject;

  constructor(
    code: number,
    reason: string,
    message: string,
    details: JsonObject = {},
    metadata: JsonObject = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.metadata = metadata;
  }

  get body(): JsonObject {
    const { code, reason, message, details, metadata } = this;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata,
      status: "Failure",
      message,
      reason,
      ...(Object.keys(details).length === 0 ? {} : { details }),
      code,
    };
  }
}

function about({ group, plural }: ApiResource, name: string): JsonObject {
  return { name, ...(group === "" ? {} : { group }), kind: plural };
}

export const refuse = {
  notFound: (resource: ApiResource, name: string) =>
    new Refusal(404, "NotFound", `${qualifiedName(resource)} "${name}" not found`, about(resource, name)),
  noSuchResource: () => new Refusal(404, "NotFound", "the server could not find the requested resource"),
  exists: (resource: ApiResource, name: string) =>
    new Refusal(
      409,
      "AlreadyExists",
      `${qualifiedName(resource)} "${name}" already exists`,
      about(resource, name),
    ),
  conflict: (resource: ApiResource, name: string, why: string) =>
    new Refusal(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`,
      about(resource, name),
    ),
  changed: (resource: ApiResource, name: string) =>
    refuse.conflict(
      resource,
      name,
      "the object has been modified; please apply your changes to the latest version and try again",
    ),
  invalid: (resource: ApiResource, name: string, field: string, why: string) =>
    new Refusal(422, "Invalid", `${resource.kind}.${resource.group} "${name}" is invalid: ${field}: ${why}`, {
      ...about(resource, name),
      causes: [{ reason: "FieldValueInvalid", message: why, field }],
    }),
  badRequest: (message: string) => new Refusal(400, "BadRequest", message),
  tooLarge: () => new Refusal(413, "RequestEntityTooLarge", "limit is 3145728"),
  tooLargeForEtcd: () => new Refusal(500, "", "etcdserver: request is too large"),
  unauthorized: () => new Refusal(401, "Unauthorized", "Unauthorized"),
  forbidden: (resource: ApiResource, user: string, verb: string, namespace: string) =>
    new Refusal(
      403,
      "Forbidden",
      `${qualifiedName(resource)} is forbidden: User "${user}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${
        namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`
      }`,
      { ...(resource.group === "" ? {} : { group: resource.group }), kind: resource.plural },
    ),
  denied: (webhook: string, message: string) =>
    new Refusal(403, "Forbidden", `admission webhook "${webhook}" denied the request: ${message}`),
  expiredToken: (token: string) =>
    new Refusal(
      410,
      "Expired",
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
        "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
        "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
        "deleted between the time the first chunk was returned and now may show up in the list.",
      {},
      { continue: token },
    ),
  tooOld: (asked: number, oldest: number) =>
    new Refusal(410, "Expired", `too old resource version: ${asked} (${oldest})`),
  compacted: () => new Refusal(410, "Expired", "The resourceVersion for the provided list is too old."),
  tooNew: (asked: number, current: number) =>
    new Refusal(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${current}`, {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    }),
  busy: () =>
    new Refusal(
      429,
      "TooManyRequests",
      "the server has received too many requests and has asked us to try again later",
      {
        retryAfterSeconds: 1,
      },
    ),
} as const;
