import type { IKeyValue, IWatchResponse } from "etcd3";
import { DatastoreError } from "../errors.ts";
import { type EtcdClient, translate } from "./client.ts";

/** One change of one key. `before` is absent where the key was not there, or its history is lost. */
export interface KeyChange {
  readonly key: string;
  readonly before: IKeyValue | undefined;
  /** `undefined` = deleted. */
  readonly after: IKeyValue | undefined;
  /** Everything up to this revision has been told with this change: one transaction may change several keys. */
  readonly complete: string;
}

/** etcd reports the progress of an idle watch every 10 minutes. */
const LONGEST_SILENCE = 12 * 60_000;

/** Changes after `revision` in a range of keys; `undefined` first and whenever there is nothing new, with where it is. */
export async function* watchKeys(
  client: EtcdClient,
  range: { readonly start: string; readonly end: string },
  revision: string,
  signal: AbortSignal,
  longestSilence = LONGEST_SILENCE,
): AsyncGenerator<KeyChange | { readonly complete: string; readonly key?: undefined }, void, undefined> {
  try {
    if (signal.aborted) return;
    const stream = await client.openWatch();
    const cancel = (): void => stream.cancel();
    // Older servers can lose a watch whose reader was slow when a compaction came, and never say so.
    const silence = new Silence(longestSilence, cancel);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      stream.write({
        create_request: {
          key: Buffer.from(range.start),
          range_end: Buffer.from(range.end),
          start_revision: String(BigInt(revision) + 1n),
          prev_kv: true,
          progress_notify: true,
          fragment: true,
        },
      });
      // Reading one response at a time is what slows the server down to the pace of the reader.
      let complete = revision;
      for await (const response of stream as AsyncIterable<IWatchResponse>) {
        silence.end();
        if (signal.aborted) return;
        failIfCancelled(response, complete);
        if (response.created) yield { complete: revision };
        else if (response.events.length === 0) {
          complete = response.header.revision;
          yield { complete };
        }
        for (const change of changesOf(response, complete)) {
          complete = change.complete;
          yield change;
        }
        silence.begin();
      }
      if (!signal.aborted) throw new DatastoreError({ kind: "unreachable", reason: "the watch was ended" });
    } catch (error) {
      if (!silence.wasTooLong) throw error;
      throw new DatastoreError(
        { kind: "unreachable", reason: "nothing was heard of the watch" },
        { cause: error },
      );
    } finally {
      silence.end();
      signal.removeEventListener("abort", cancel);
      // A cancelled stream reports so; nobody is interested any more.
      stream.on("error", () => undefined);
      stream.cancel();
    }
  } catch (error) {
    if (!signal.aborted) throw translate(error, { revision });
  }
}

/** Time in which we listen and nothing comes; the time that the reader takes is none. */
class Silence {
  wasTooLong = false;
  readonly #longest: number;
  readonly #onTooLong: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(longest: number, onTooLong: () => void) {
    this.#longest = longest;
    this.#onTooLong = onTooLong;
    this.begin();
  }

  begin(): void {
    this.#timer = setTimeout(() => {
      this.wasTooLong = true;
      this.#onTooLong();
    }, this.#longest);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function failIfCancelled(
  { canceled, compact_revision, cancel_reason }: IWatchResponse,
  revision: string,
): void {
  if (!canceled) return;
  if (compact_revision !== "0") throw new DatastoreError({ kind: "gone", revision });
  throw translate(new Error(cancel_reason || "the watch was cancelled"));
}

/** A resumed watch must not start in the middle of a transaction: only its last change completes its revision. */
function* changesOf({ events, fragment }: IWatchResponse, complete: string): Iterable<KeyChange> {
  let before = complete;
  for (const [i, { type, kv, prev_kv }] of events.entries()) {
    const next = events[i + 1];
    const isLast = next === undefined ? !fragment : next.kv.mod_revision !== kv.mod_revision;
    if (isLast) before = kv.mod_revision;
    yield {
      key: kv.key.toString(),
      before: prev_kv ?? undefined,
      after: type === "Delete" ? undefined : kv,
      complete: before,
    };
  }
}
