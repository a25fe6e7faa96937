import { applyRecord } from "../../../runtime/apply/apply-bundle.ts";
import { readRecord } from "../../../runtime/apply/record.ts";
import { changeHost } from "../../../runtime/confirm/change.ts";
import { UserError } from "../../output/errors.ts";
import { CHANGER, confirmation, waitsFor } from "../confirm/arm.ts";
import { readBundle } from "./bundle.ts";
import { birdPlace, defaultVariant, type HostRequest, openHost, told } from "./this-host.ts";

export interface ApplyRequest extends HostRequest {
  readonly filename?: readonly string[];
  readonly node?: string;
  readonly acceptWindow?: boolean;
  /** Seconds. */
  readonly confirmTimeout?: number;
  readonly output: "text" | "json";
}

const MEANINGS =
  "'apply BUNDLE' makes this host enforce what was compiled for it; 'apply -f RESOURCES' writes resources to the datastore, which is not there yet";

/** Returns the exit code; what goes wrong is a `UserError`. */
export async function runApply(directory: string | undefined, request: ApplyRequest): Promise<number> {
  if (directory === undefined || request.filename !== undefined)
    throw new UserError(
      `${directory === undefined && request.filename === undefined ? "say what to apply: " : ""}${MEANINGS}`,
    );
  const { manifest, artifacts, resources } = await readBundle(directory, request.node);
  const { node } = manifest;
  const variant = request.iptablesBackend ?? (await defaultVariant()) ?? manifest.variant;
  if (variant !== manifest.variant)
    throw new UserError(
      `the bundle was compiled for iptables-${manifest.variant}, and this host has iptables-${variant}; compile it with --iptables-backend ${variant}`,
    );
  const withBird = artifacts.some(({ path }) => path === "bird.conf");
  const host = await openHost(request, variant, withBird);
  const applied = await told(async () => {
    const last = await readRecord(host, "last");
    if (last !== undefined && last.node !== node && request.node === undefined)
      throw new UserError(
        `this host was applied as node ${last.node}, and the bundle is that of ${node}; if that is meant, say --node ${node}`,
      );
    const record = {
      ...{ node, variant, bird: birdPlace(request), artifacts },
      ...(resources === undefined ? {} : { resources }),
    };
    return changeHost(host, CHANGER, confirmation(host, request.confirmTimeout, request), () =>
      applyRecord(host, record, request.acceptWindow === true),
    );
  });
  const changed = applied.steps.length > 0;
  if (request.output === "json") {
    const { steps, windows, publicKeys } = applied;
    const report = { version: 1, node, changed, steps, windows, publicKeys };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return 0;
  }
  const windows = applied.windows.map((window) => `window: ${window}`);
  const last = changed
    ? `applied the bundle of node ${node}`
    : `no change: this host is at the bundle of node ${node}`;
  const keys = applied.publicKeys.map(({ device, publicKey }) => `public key of ${device}: ${publicKey}`);
  const { confirmTimeout } = request;
  const waits = changed && confirmTimeout !== undefined ? [waitsFor(confirmTimeout)] : [];
  process.stdout.write(`${[...applied.steps, ...windows, ...keys, last, ...waits].join("\n")}\n`);
  return 0;
}
