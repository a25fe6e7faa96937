import type { Origin } from "../diagnostics/diagnostic.ts";

/** `key` is unique within `kind`; the pair identifies the object over time. */
export interface ModelBase {
  readonly key: string;
  readonly origin: Origin;
  /** Policy is what people write, inventory is what the cluster does; the manifest digests them apart. */
  readonly source: "policy" | "inventory";
}
