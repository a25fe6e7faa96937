import type { Applied } from "../../../runtime/apply/apply.ts";
import { applyRecord } from "../../../runtime/apply/apply-bundle.ts";
import { readRecord } from "../../../runtime/apply/record.ts";
import { changeHost } from "../../../runtime/confirm/change.ts";
import type { Host } from "../../../runtime/host/host.ts";
import { applyPlan } from "../../../runtime/plan/apply-plan.ts";
import { replan } from "../../../runtime/plan/replan.ts";
import { UserError } from "../../output/errors.ts";
import { VERSION } from "../../version.ts";
import { CHANGER, confirmation } from "../confirm/arm.ts";
import { readBundle } from "./bundle.ts";
import { settleConnections } from "./connections.ts";
import { isPlanFile, readPlan } from "./plan.ts";
import { applyJson, applyText, type Report, replanJson, replanText } from "./report.ts";
import { birdPlace, defaultVariant, type HostRequest, needRoot, openHost, told } from "./this-host.ts";

export interface ApplyRequest extends HostRequest {
  readonly node?: string;
  readonly acceptWindow?: boolean;
  readonly exact?: boolean;
  readonly replan?: boolean;
  readonly cut?: boolean;
  /** Seconds. */
  readonly confirmTimeout?: number;
  readonly output: "text" | "json";
}

/** Returns the exit code; what goes wrong is a `UserError`. */
export async function runApply(path: string, request: ApplyRequest): Promise<number> {
  if (await isPlanFile(path)) return runPlan(path, request);
  if (request.exact || request.replan)
    throw new UserError(
      `--exact and --replan are for plans, and ${path} is not a file; make one with 'plan --out'`,
    );
  return runBundle(path, request);
}

async function runBundle(directory: string, request: ApplyRequest): Promise<number> {
  needRoot();
  const { manifest, artifacts, resources } = await told(() => readBundle(directory, request.node));
  const { node, variant } = manifest;
  const host = await hostFor("bundle", variant, artifacts, request);
  const applied = await change(host, "bundle", node, request, () =>
    applyRecord(
      host,
      {
        ...{ node, variant, bird: birdPlace(request), artifacts },
        ...(resources === undefined ? {} : { resources }),
      },
      request.acceptWindow === true,
    ),
  );
  const outlived = await settleConnections(host, request, applied);
  print(request, { node, what: "bundle", applied, outlived });
  return 0;
}

async function runPlan(path: string, request: ApplyRequest): Promise<number> {
  needRoot();
  const chosen = await told(() => readPlan(path, request.node));
  const { node, variant, after } = chosen.plan;
  const host = await hostFor("plan", variant, after, request);
  const bird = birdPlace(request);
  if (request.replan) {
    const found = await told(() => replan(host, chosen.plan, bird));
    process.stdout.write(request.output === "json" ? replanJson(node, found) : replanText(node, found));
    return 0;
  }
  let [rebased, checked] = [false, false];
  const applied = await change(host, "plan", node, request, async () => {
    const done = await applyPlan(host, {
      ...{
        ...chosen,
        bird,
        exact: request.exact === true,
        acceptWindow: request.acceptWindow === true,
        compilerVersion: VERSION,
      },
    });
    ({ rebased, checked } = done);
    return done;
  });
  const outlived = await settleConnections(host, request, applied);
  print(request, { node, what: "plan", applied, rebased, checked, outlived });
  return 0;
}

/** This host, if it filters with what the text was compiled for. */
async function hostFor(
  what: Report["what"],
  compiledFor: "nft" | "legacy",
  artifacts: readonly { readonly path: string }[],
  request: ApplyRequest,
): Promise<Host> {
  const variant = request.iptablesBackend ?? (await defaultVariant()) ?? compiledFor;
  if (variant !== compiledFor)
    throw new UserError(
      `the ${what} was compiled for iptables-${compiledFor}, and this host has iptables-${variant}; compile it with --iptables-backend ${variant}`,
    );
  const withBird = artifacts.some(({ path }) => path === "bird.conf");
  return openHost(request, variant, withBird, request.cut ? ["conntrack"] : []);
}

async function change(
  host: Host,
  what: Report["what"],
  node: string,
  request: ApplyRequest,
  body: () => Promise<Applied>,
): Promise<Applied> {
  return told(async () => {
    const last = await readRecord(host, "last");
    if (last !== undefined && last.node !== node && request.node === undefined)
      throw new UserError(
        `this host was applied as node ${last.node}, and the ${what} is that of ${node}; if that is meant, say --node ${node}`,
      );
    return changeHost(host, CHANGER, confirmation(host, request.confirmTimeout, request), body);
  });
}

function print({ output, confirmTimeout }: ApplyRequest, report: Report): void {
  process.stdout.write(output === "json" ? applyJson(report) : applyText({ ...report, confirmTimeout }));
}
