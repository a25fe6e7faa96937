import { compile, DEFAULT_FEATURES } from "../../../compiler/index.ts";
import type { Applied } from "../../../runtime/apply/apply.ts";
import { applyRecord } from "../../../runtime/apply/apply-bundle.ts";
import { type AppliedRecord, readRecord } from "../../../runtime/apply/record.ts";
import { changeHost, takeBack } from "../../../runtime/confirm/change.ts";
import { readPending } from "../../../runtime/confirm/pending.ts";
import { chooseEntry, type EntryWithPolicy } from "../../../runtime/history/choose.ts";
import { compiledBy } from "../../../runtime/history/compiled-by.ts";
import type { HistoryEntry } from "../../../runtime/history/entry.ts";
import { policyInForce, readHistory, readInventory } from "../../../runtime/history/history.ts";
import { recompile } from "../../../runtime/history/recompile.ts";
import type { Host } from "../../../runtime/host/host.ts";
import { readInputs } from "../../input/sources.ts";
import { printDiagnostics } from "../../output/diagnostics.ts";
import { UserError } from "../../output/errors.ts";
import { VERSION } from "../../version.ts";
import { birdLines } from "../apply/report.ts";
import { birdPlace, type HostRequest, told } from "../apply/this-host.ts";
import { CHANGER, confirmation, waitsFor } from "../confirm/arm.ts";
import { openApplied } from "../history/open.ts";

export interface RollbackRequest extends HostRequest {
  readonly filename?: readonly string[];
  readonly acceptWindow?: boolean;
  readonly confirmTimeout?: number;
}

/** Returns the exit code; what goes wrong is a `UserError`. */
export async function runRollback(number: number | undefined, request: RollbackRequest): Promise<number> {
  const given = await inventoryOf(request);
  const host = await openApplied(request);
  if (number === undefined && (await told(() => readPending(host))) !== undefined) {
    const done = await told(() => takeBack(host, CHANGER));
    if (done !== undefined) {
      process.stdout.write(`the unconfirmed change has been taken back: ${done}\n`);
      return 0;
    }
  }
  const { confirmTimeout } = request;
  const waiting = confirmation(host, confirmTimeout, request);
  let target = 0;
  const applied = await told(() =>
    changeHost(host, CHANGER, waiting, async () => {
      const { entry, record } = await prepare(host, number, given, request);
      target = entry.number;
      return applyRecord(host, record, request.acceptWindow === true);
    }),
  );
  process.stdout.write(`${summary(applied, target, confirmTimeout).join("\n")}\n`);
  return 0;
}

function summary(applied: Applied, target: number, confirmTimeout: number | undefined): readonly string[] {
  const { steps, windows } = applied;
  if (steps.length === 0) return [`no change: this host is at policy ${target} of the history already`];
  return [
    ...steps,
    ...windows.map((window) => `window: ${window}`),
    ...birdLines(applied),
    `went back to policy ${target} of the history, compiled against the inventory of today`,
    ...(confirmTimeout === undefined ? [] : [waitsFor(confirmTimeout)]),
  ];
}

/** `Sources.inventory` of the files that were named; policies among them do not matter. */
async function inventoryOf({ filename }: RollbackRequest): Promise<string | undefined> {
  if (filename === undefined) return undefined;
  const files = await readInputs({ filename });
  // Which features the host has does not matter to what the resources are.
  const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: VERSION, nodes: [] });
  if (!compilation.inputErrors) return compilation.sources.inventory;
  printDiagnostics(compilation.diagnostics, files, "text");
  throw new UserError("nothing was changed: the inventory has errors");
}

interface Prepared {
  readonly entry: EntryWithPolicy;
  readonly record: AppliedRecord;
}

async function prepare(
  host: Host,
  number: number | undefined,
  given: string | undefined,
  request: RollbackRequest,
): Promise<Prepared> {
  const history = await readHistory(host);
  const last = await readRecord(host, "last");
  const entry = chooseEntry(history, policyInForce(history, last), number);
  const inventory = given ?? (await readInventory(host));
  if (inventory === undefined)
    throw new UserError("nothing was changed: no inventory is on record; name it with -f");
  const bird = request.birdConfig === undefined && last !== undefined ? last.bird : birdPlace(request);
  const today = { inventory, bird, host: compiledToday(entry, history, last), compilerVersion: VERSION };
  const result = recompile(entry, today);
  if (result.ok) return { entry, record: result.record };
  printDiagnostics(result.diagnostics, result.files, "text");
  throw new UserError(
    `nothing was changed: policy ${entry.number} of the history cannot be compiled against the inventory of today`,
  );
}

/** The host as it was last compiled for, which may be another than at the time of the policy. */
function compiledToday(
  entry: HistoryEntry,
  history: readonly HistoryEntry[],
  last: AppliedRecord | undefined,
): HistoryEntry {
  const by = last === undefined ? undefined : compiledBy(last.artifacts);
  const newest = history.at(-1) ?? entry;
  return last === undefined || by === undefined ? newest : { ...newest, ...by, node: last.node };
}
