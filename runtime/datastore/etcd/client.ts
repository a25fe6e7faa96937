import type { Duplex } from "node:stream";
import { rootCertificates } from "node:tls";
import { Etcd3, type IOptions } from "etcd3";
import { DatastoreError } from "../errors.ts";
import type { ResourceKey } from "../resource.ts";

/** How to reach etcd. Certificates are PEM, and not paths. */
export interface EtcdOptions {
  /** `http://host:port` or `https://host:port`, all of one scheme; without one it is `http`. */
  readonly endpoints: readonly string[];
  /** Whom to trust with `https`; absent: the authorities that Node.js trusts. */
  readonly ca?: Buffer;
  /** For TLS client authentication, both or none. */
  readonly certificate?: Buffer;
  readonly key?: Buffer;
  /** Used when both are set, as in Calico. */
  readonly username?: string;
  readonly password?: string;
  /** Milliseconds for one request; 10,000 unless set, as Calico's dial timeout. */
  readonly timeout?: number;
  /** Milliseconds after which a watch that says nothing is taken for dead; 12 minutes unless set. */
  readonly silence?: number;
}

type Policy = NonNullable<NonNullable<IOptions["faultHandling"]>["global"]>;

/** grpc-js says this where the request has not left the machine. */
const NEVER_SENT = /No connection established|the channel (has been|is being) closed/i;

/**
 * etcd3 with its retries and circuit breakers replaced: it repeats writes after errors that do not tell whether the
 * write has happened, and refuses to try for five seconds after three failures. Its watcher is not used at all: it
 * ends without a word in some reconnects (issues #31, #78, #114 of microsoft/etcd3).
 */
export class EtcdClient extends Etcd3 {
  constructor(options: EtcdOptions) {
    const { username, password, timeout = 10_000 } = options;
    const endpoints = options.endpoints.map((endpoint) => endpoint.replace(/\/+$/, ""));
    const secure = demandOneScheme(endpoints);
    super({
      hosts: endpoints,
      ...(secure ? { credentials: credentialsOf(options) } : {}),
      ...(username && password ? { auth: { username, password } } : {}),
      defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + timeout }),
      grpcOptions: {
        "grpc.keepalive_time_ms": 30_000,
        "grpc.keepalive_timeout_ms": 10_000,
        "grpc.initial_reconnect_backoff_ms": 100,
        "grpc.max_reconnect_backoff_ms": 2000,
        // A page may be larger than the 4 MiB that gRPC would take.
        "grpc.max_receive_message_length": -1,
        "grpc.max_send_message_length": -1,
      },
      faultHandling: {
        host: () => repeat(0),
        global: repeat(endpoints.length),
      },
    });
  }

  /**
   * A stream of watch requests and responses, ended by etcd when its member has no leader: without that a member that
   * is cut off would just stay silent (etcd's `WithRequireLeader`).
   */
  openWatch(): Promise<Duplex & { cancel(): void }> {
    return this.pool.withConnection("Watch", ({ client, metadata }) => {
      const headers = metadata.clone();
      headers.set("hasleader", "true");
      return (client as unknown as WatchService).watch(headers, {});
    });
  }
}

/** Whether they are all `https`. Throws invalid. */
function demandOneScheme(endpoints: readonly string[]): boolean {
  const secure = endpoints.filter((endpoint) => endpoint.startsWith("https://")).length;
  if (endpoints.length === 0)
    throw new DatastoreError({ kind: "invalid", reason: "no etcd endpoints specified" });
  if (secure > 0 && secure < endpoints.length)
    throw new DatastoreError({
      kind: "invalid",
      reason: "the etcd endpoints must be all https, or all http",
    });
  return secure > 0;
}

function credentialsOf({ ca, certificate, key }: EtcdOptions): NonNullable<IOptions["credentials"]> {
  return {
    rootCertificate: ca ?? Buffer.from(rootCertificates.join("\n")),
    ...(key === undefined || certificate === undefined ? {} : { privateKey: key, certChain: certificate }),
  };
}

interface WatchService {
  watch(metadata: object, options: object): Duplex & { cancel(): void };
}

/** Tries again, at the next endpoint, what has never been sent. */
function repeat(times: number): Policy {
  const never = () => ({ dispose: () => undefined });
  return {
    onSuccess: never,
    onFailure: never,
    async execute<T>(call: (context: { signal: AbortSignal }) => PromiseLike<T> | T): Promise<T> {
      for (let left = times; ; left--) {
        try {
          return await call({ signal: new AbortController().signal });
        } catch (error) {
          if (left <= 0 || !(error instanceof Error) || !NEVER_SENT.test(error.message)) throw error;
        }
      }
    },
  } as unknown as Policy;
}

const UNAUTHORIZED =
  /permission denied|invalid auth token|authentication failed|user name is empty|PermissionDenied|Unauthenticated/i;

/** What an error of etcd or gRPC means; errors of ours are thrown as they are. */
export function translate(
  error: unknown,
  asked: { readonly key?: ResourceKey; readonly bytes?: number; readonly revision?: string } = {},
): DatastoreError {
  if (error instanceof DatastoreError) return error;
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error;
  const reason = error.message
    .replace(/^(\w+Error: )?(\d+ [A-Z_]+: )?/, "")
    .replace(/\.?( Resolution note: *)?$/, "");
  const { key, bytes = 0, revision = "" } = asked;
  const cause = { cause: error };
  if (/required revision (has been compacted|is a future revision)/.test(reason))
    return new DatastoreError({ kind: "gone", revision }, cause);
  if (key !== undefined && /request is too large|larger than max/.test(reason))
    return new DatastoreError({ kind: "too-large", key, bytes }, cause);
  if (UNAUTHORIZED.test(reason)) return new DatastoreError({ kind: "unauthorized", reason }, cause);
  return new DatastoreError({ kind: "unreachable", reason }, cause);
}
