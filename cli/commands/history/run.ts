import { readRecord } from "../../../runtime/apply/record.ts";
import { type ChangedResource, changedResources } from "../../../runtime/history/changes.ts";
import type { HistoryEntry } from "../../../runtime/history/entry.ts";
import { policyInForce, readHistory } from "../../../runtime/history/history.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import { UserError } from "../../output/errors.ts";
import { type HostRequest, told } from "../apply/this-host.ts";

/** Where this host has what does not matter to its history. */
export interface HistoryRequest extends HostRequest {
  readonly output: "text" | "json";
}

interface Row {
  readonly entry: HistoryEntry;
  readonly inForce: boolean;
  /** `undefined` = not known, as one of the two policies is not. */
  readonly changes: readonly ChangedResource[] | undefined;
}

const SIGN = { added: "+", removed: "-", changed: "~" } as const;
/** Characters of a digest that tell two policies apart for a person. */
const SHORT = 12;

/** Returns the exit code. Only reads. */
export async function runHistory({ output }: HistoryRequest): Promise<number> {
  // Which iptables it is does not matter to what is on the disk.
  const host = new LinuxHost({ iptablesVariant: "nft" });
  if (process.getuid?.() !== 0) throw new UserError("needs root: the history is for root alone");
  const [history, last] = await told(async () => [await readHistory(host), await readRecord(host, "last")]);
  const current = policyInForce(history, last);
  const rows = history.map((entry, index): Row => {
    const before = history[index - 1];
    const inForce = entry === current;
    if (entry.policy === undefined || before?.policy === undefined)
      return { entry, inForce, changes: undefined };
    return { entry, inForce, changes: changedResources(before.policy, entry.policy) };
  });
  process.stdout.write(output === "json" ? json(rows) : text(rows));
  return 0;
}

function json(rows: readonly Row[]): string {
  const entries = rows.map(({ entry, inForce, changes }) => {
    const { number, time, node, policyDigest, compilerVersion, policy } = entry;
    const hasPolicy = policy !== undefined;
    return {
      number,
      time,
      node,
      policyDigest,
      compilerVersion,
      hasPolicy,
      inForce,
      changes: changes ?? null,
    };
  });
  return `${JSON.stringify({ version: 1, entries }, null, 2)}\n`;
}

function text(rows: readonly Row[]): string {
  if (rows.length === 0) return "no history: nothing was applied to this host yet\n";
  const lines = rows.flatMap(({ entry, inForce, changes }, index) => {
    const { number, time, policyDigest, policy } = entry;
    const head = `${inForce ? "*" : " "} ${number}  ${time}  ${policyDigest.slice(0, SHORT)}`;
    if (policy === undefined) return [`${head}  applied without its resources: no way back to it`];
    if (changes !== undefined)
      return [head, ...changes.map(({ change, resource }) => `      ${SIGN[change]} ${resource}`)];
    return [index === 0 ? head : `${head}  what changed is not known`];
  });
  const end = rows.some(({ inForce }) => inForce) ? "* is in force" : "none of these is in force";
  return `${[...lines, end].join("\n")}\n`;
}
