import { findTableOrder, type IptablesState, iptablesBackend, type TableName } from "../../compiler/index.ts";
import { windowTables } from "./window-tables.ts";

/** Milliseconds for the proof of one IP version; what takes longer is not proven. */
const PROOF_TIME = 10_000;

/** In which order to commit the tables of a version; the usual one where it has no entry. */
export type TableOrders = Readonly<Partial<Record<4 | 6, readonly TableName[]>>>;

export interface CommitOrder {
  readonly orders: TableOrders;
  /** What no order avoids, or none is known to: between two commits packets may fare as neither policy has it. */
  readonly windows: readonly string[];
}

/** How to commit a change of policy, table by table, so that packets fare as before or as after all of it. */
export function commitOrder(live: IptablesState, target: IptablesState): CommitOrder {
  const orders: Partial<Record<4 | 6, readonly TableName[]>> = {};
  const windows: string[] = [];
  for (const version of [4, 6] as const) {
    const tables = windowTables(live, target, version);
    if (tables.length < 2) continue;
    const deadline = performance.now() + PROOF_TIME;
    const found = findTableOrder(
      iptablesBackend.print(live, ""),
      iptablesBackend.print(target, ""),
      version,
      changedTables(live, target, version),
      () => performance.now() > deadline,
    );
    if (found.kind === "proven") orders[version] = found.order;
    else {
      const reason = found.kind === "unknown" ? ` (no order of them is proven: ${found.reason})` : "";
      windows.push(`IPv${version} tables ${tables.join(", ")}${reason}`);
    }
  }
  return { orders, windows };
}

/** The opposite orders: what was committed last is undone first. */
export function reversedOrders(orders: TableOrders): TableOrders {
  return Object.fromEntries(
    Object.entries(orders).map(([version, tables]) => [version, tables?.toReversed()]),
  );
}

/** All of them, also those in which no verdict changes: the proof covers what is committed. */
function changedTables(live: IptablesState, target: IptablesState, version: 4 | 6): readonly TableName[] {
  const tables = iptablesBackend
    .diff(live, target)
    .flatMap((change) => ("table" in change && change.version === version ? [change.table] : []));
  return [...new Set(tables)];
}
