import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type JsonObject, printJson } from "../../../../runtime/datastore/json.ts";
import { discover } from "./discovery.ts";
import { listObjects, shown } from "./lists.ts";
import { type ApiResource, BUILT_IN, CUSTOM_RESOURCE_DEFINITIONS, resourceOfCrd } from "./resources.ts";
import { Refusal, refuse } from "./status.ts";
import { Storage } from "./storage.ts";
import { streamChanges } from "./watches.ts";
import { createObject, deleteObject, deleteObjects, pathOf, replaceObject } from "./writes.ts";

const MOST_BYTES = 3 * 1024 * 1024;

/** PEM. */
interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What a request is about. */
interface Target {
  readonly resource: ApiResource;
  readonly namespace: string;
  /** "" for all. */
  readonly name: string;
}

/**
 * A Kubernetes API server over HTTP or HTTPS on loopback, as far as clients of resources see one: lists in pages, watches with
 * bookmarks, optimistic locking, errors in the texts of a real one. It has no schemas (also of custom resources), no managed fields, no finalizers
 * and no patches.
 */
export class ApiServer {
  readonly storage = new Storage();
  /** The tokens that it accepts, with their users; while there are none everybody is admitted. */
  readonly tokens = new Map<string, string>();
  /** `verb plural` that nobody may do. */
  readonly forbidden = new Set<string>();
  /** Why an object may not be written. */
  admission: (object: string) => string | undefined = () => undefined;
  /** Milliseconds. */
  bookmarkEvery = 60_000;
  /** So many requests are turned away as too many. */
  busy = 0;
  /** So many answers break off in the middle. */
  broken = 0;
  /** Happens after each page of a list that has a next one. */
  afterPages: () => void = () => undefined;
  /** Requests that it has had. */
  requests = 0;
  readonly #resources: ApiResource[];
  readonly #watches = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;

  readonly #tls: ServerTls | undefined;

  constructor(custom: readonly ApiResource[], tls?: ServerTls) {
    this.#resources = [...BUILT_IN, ...custom];
    this.#tls = tls;
  }

  get url(): string {
    return `${this.#tls === undefined ? "http" : "https"}://127.0.0.1:${this.#port}`;
  }

  /** Watches that are open. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Starts it, on the port that it had before. */
  async start(): Promise<void> {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response).catch((error) => {
        const refusal = error instanceof Refusal ? error : new Refusal(500, "InternalError", String(error));
        if (response.headersSent) response.destroy();
        else send(response, refusal.code, refusal.body);
      });
    };
    const server = this.#tls === undefined ? createServer(listener) : createSecureServer(this.#tls, listener);
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Ends it at once, as a crash would. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Ends all watches in order, as at the end of their time. */
  endWatches(): void {
    for (const response of this.#watches) response.end();
  }

  addNamespace(name: string): void {
    if (this.storage.read(`/namespaces/${name}`) === undefined)
      this.storage.write(`/namespaces/${name}`, { metadata: { name } });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", this.url);
    this.requests++;
    const body = await bodyOf(request);
    // Real servers also speak protobuf, for their own kinds.
    if (body !== "" && !request.headers["content-type"]?.includes("json"))
      throw new Refusal(415, "UnsupportedMediaType", "the body of the request was in an unknown format");
    if (this.busy > 0) {
      this.busy--;
      response.setHeader("retry-after", "0");
      throw refuse.busy();
    }
    const user = this.#userOf(request);
    const discovered = discover(pathname, this.#resources);
    if (discovered !== undefined) return send(response, 200, discovered);
    const target = this.#targetOf(pathname);
    const watching = query.get("watch") === "true" || query.get("watch") === "1";
    const verb = verbOf(request.method ?? "", target, watching);
    if (this.forbidden.has(`${verb} ${target.resource.plural}`))
      throw refuse.forbidden(target.resource, user, verb, target.namespace);
    if (verb === "watch") return this.#watch(target, query, response);
    if (verb === "create" || verb === "update") {
      const reason = this.admission(body);
      if (reason !== undefined) throw refuse.denied("policy.example.com", reason);
    }
    const [code, answer] = this.#perform(verb, target, query, body);
    if (this.broken > 0) {
      this.broken--;
      return breakOff(response, answer);
    }
    send(response, code, answer);
    if ((answer.metadata as JsonObject).continue !== undefined) this.afterPages();
  }

  #perform(
    verb: string,
    { resource, namespace, name }: Target,
    query: URLSearchParams,
    body: string,
  ): [number, JsonObject] {
    switch (verb) {
      case "list":
        return [200, listObjects(this.storage, resource, namespace, query)];
      case "get": {
        const entry = this.storage.read(pathOf(resource, namespace, name));
        if (entry === undefined) throw refuse.notFound(resource, name);
        return [200, shown(entry, resource)];
      }
      case "create": {
        const created = createObject(this.storage, resource, namespace, body);
        if (resource === CUSTOM_RESOURCE_DEFINITIONS)
          this.#resources.push(resourceOfCrd(created as unknown as Parameters<typeof resourceOfCrd>[0]));
        return [201, created];
      }
      case "deletecollection":
        return [200, deleteObjects(this.storage, resource, namespace)];
      case "update":
        return [200, replaceObject(this.storage, resource, namespace, name, body)];
      default:
        return [200, deleteObject(this.storage, resource, namespace, name, body)];
    }
  }

  async #watch(
    { resource, namespace }: Target,
    query: URLSearchParams,
    response: ServerResponse,
  ): Promise<void> {
    const over = new AbortController();
    this.#watches.add(response);
    response.on("close", () => {
      this.#watches.delete(response);
      over.abort();
    });
    try {
      await streamChanges(
        this.storage,
        resource,
        namespace,
        query,
        response,
        this.bookmarkEvery,
        over.signal,
      );
    } catch (error) {
      this.#watches.delete(response);
      throw error;
    }
  }

  #userOf({ headers }: IncomingMessage): string {
    if (this.tokens.size === 0) return "admin";
    const user = this.tokens.get(/^Bearer (.*)$/.exec(headers.authorization ?? "")?.[1] ?? "");
    if (user === undefined) throw refuse.unauthorized();
    return user;
  }

  #targetOf(path: string): Target {
    const parts = path.split("/").slice(1).map(decodeURIComponent);
    const [group = "", version = "", ...rest] = parts[0] === "api" ? ["", ...parts.slice(1)] : parts.slice(1);
    const scoped = rest[0] === "namespaces" && rest.length > 2;
    const [plural = "", name = "", subresource] = scoped ? rest.slice(2) : rest;
    const resource = this.#resources.find(
      (served) => served.group === group && served.version === version && served.plural === plural,
    );
    if (resource === undefined || subresource !== undefined || (scoped && !resource.namespaced))
      throw refuse.noSuchResource();
    return { resource, namespace: scoped ? (rest[1] ?? "") : "", name };
  }
}

function verbOf(method: string, { name }: Target, watching: boolean): string {
  if (method === "GET") return watching ? "watch" : name === "" ? "list" : "get";
  if (method === "DELETE" && name === "") return "deletecollection";
  const verb = { POST: "create", PUT: "update", DELETE: "delete" }[method];
  if (verb === undefined || (name === "") !== (verb === "create"))
    throw new Refusal(
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
    );
  return verb;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  }
  if (bytes > MOST_BYTES) throw refuse.tooLarge();
  return Buffer.concat(chunks).toString();
}

/** As a server that dies while it answers. */
function breakOff(response: ServerResponse, body: JsonObject): void {
  const text = printJson(body);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}

function send(response: ServerResponse, code: number, body: JsonObject): void {
  const text = printJson(body);
  response.writeHead(code, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}
