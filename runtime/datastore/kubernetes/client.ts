/**
 * Requests to a Kubernetes API server. The library gives connection and credentials; its API classes and its `Watch`
 * are not used: they round integers beyond 2^53 (IPAM has some), and `Watch` leaves out lines that it cannot read and
 * does not slow the server down for a slow reader.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { DatastoreError } from "../errors.ts";
import { type Json, parseJson } from "../json.ts";
import { type ApiStatus, readStatus } from "./status.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

export type ApiAnswer =
  | { readonly ok: true; readonly body: Json }
  | { readonly ok: false; readonly status: ApiStatus };

/** How often a request is repeated that the server was too busy for. */
const BUSY_RETRIES = 5;
/** Seconds. */
const LONGEST_PAUSE = 5;

export class ApiClient {
  readonly #load: () => KubeConfig;
  readonly #timeout: number;
  #config: KubeConfig;

  /** `load` is called again when the server refuses the credentials: tokens are renewed in files. */
  constructor(load: () => KubeConfig, timeout: number) {
    this.#load = load;
    this.#timeout = timeout;
    this.#config = load();
  }

  /** Throws unreachable. */
  async send(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    return within(signal, this.#timeout, async (limited) => {
      const response = await this.#open(request, limited);
      const body = await text(response).catch((error) => {
        throw unreachable(error);
      });
      const json = jsonOf(body);
      if (isGood(response)) {
        if (json === undefined)
          throw unreachable(new Error(`${request.path} is answered by what is no JSON`));
        return { ok: true, body: json };
      }
      return { ok: false, status: readStatus(response.statusCode ?? 0, json) };
    });
  }

  /**
   * The answer's lines as they come, or the status that is sent instead. It ends when the server ends it in order;
   * throws unreachable when there is no answer, when the connection breaks, or when it lasts longer than `lifetime`
   * milliseconds.
   */
  async *lines(
    request: ApiRequest,
    lifetime: number,
    signal: AbortSignal,
  ): AsyncGenerator<string | ApiStatus | undefined, void, undefined> {
    const ended = new AbortController();
    const end = (): void => ended.abort();
    // Not `AbortSignal.any`: the caller's signal may outlive thousands of watches.
    signal.addEventListener("abort", end, { once: true });
    let over = `no answer within ${this.#timeout} ms`;
    let timer = setTimeout(end, this.#timeout);
    if (signal.aborted) end();
    let response: IncomingMessage | undefined;
    try {
      response = await this.#open(request, ended.signal);
      clearTimeout(timer);
      over = "the watch has outlived its time";
      timer = setTimeout(end, lifetime);
      if (!isGood(response)) {
        yield readStatus(response.statusCode ?? 0, jsonOf(await text(response)));
        return;
      }
      // Says that the server has begun.
      yield undefined;
      response.setEncoding("utf8");
      const parts: string[] = [];
      for await (const chunk of response as AsyncIterable<string>) {
        const pieces = chunk.split("\n");
        for (const [i, piece] of pieces.entries()) {
          parts.push(piece);
          if (i === pieces.length - 1) break;
          const line = parts.join("");
          parts.length = 0;
          if (line !== "") yield line;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      throw ended.signal.aborted ? unreachable(new Error(over)) : unreachable(error);
    } finally {
      response?.destroy();
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  }

  async #open(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    let renewed = false;
    for (let busy = 0; ; ) {
      const response = await this.#exchange(request, signal);
      // Neither of the two has done anything.
      if (response.statusCode === 401 && !renewed) {
        renewed = true;
        this.#config = this.#load();
      } else if (response.statusCode === 429 && busy++ < BUSY_RETRIES) {
        const seconds = Number(response.headers["retry-after"] ?? 1);
        await delay(1000 * Math.min(Number.isFinite(seconds) ? seconds : 1, LONGEST_PAUSE), undefined, {
          signal,
        }).catch((error) => {
          throw unreachable(error);
        });
      } else return response;
      response.destroy();
    }
  }

  async #exchange({ method, path, query, body }: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const server = this.#config.getCurrentCluster()?.server ?? "";
    const url = new URL(server + path);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const options: RequestOptions & { headers: Record<string, string | number> } = {
      method,
      signal,
      headers: {
        accept: "application/json",
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      },
    };
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (cause) {
      const reason = `no credentials for the server: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new DatastoreError({ kind: "unauthorized", reason }, { cause });
    }
    return new Promise((resolve, reject) => {
      const open = url.protocol === "http:" ? httpRequest : httpsRequest;
      const sent = open(url, options, resolve);
      sent.on("error", (error) => reject(unreachable(error)));
      sent.end(body);
    });
  }
}

function isGood({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function jsonOf(body: string): Json | undefined {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** Runs `task` with a signal that also fires after `milliseconds`, and leaves no listener behind. */
async function within<T>(
  signal: AbortSignal,
  milliseconds: number,
  task: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const end = (): void => ended.abort(signal.reason);
  const timer = setTimeout(() => ended.abort(new Error("no answer in time")), milliseconds);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    return await task(ended.signal);
  } catch (error) {
    throw ended.signal.aborted && !signal.aborted
      ? unreachable(new Error(`no answer within ${milliseconds} ms`))
      : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

function unreachable(cause: unknown): DatastoreError {
  if (cause instanceof DatastoreError) return cause;
  if (!(cause instanceof Error)) throw cause;
  const { code } = cause as NodeJS.ErrnoException;
  return new DatastoreError({ kind: "unreachable", reason: cause.message || code || cause.name }, { cause });
}
