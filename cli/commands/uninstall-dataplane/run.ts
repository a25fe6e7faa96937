import { readRecord } from "../../../runtime/apply/record.ts";
import { uninstall } from "../../../runtime/apply/uninstall.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import { birdPlace, defaultVariant, type HostRequest, openHost, told } from "../apply/this-host.ts";

export type UninstallRequest = HostRequest;

/** Returns the exit code; what goes wrong is a `UserError`. */
export async function runUninstall(request: UninstallRequest): Promise<number> {
  const last = await told(() => readRecord(new LinuxHost({ iptablesVariant: "nft" }), "last"));
  const variant = request.iptablesBackend ?? last?.variant ?? (await defaultVariant()) ?? "nft";
  const bird = request.birdConfig === undefined && last !== undefined ? last.bird : birdPlace(request);
  const host = await openHost(request, variant, false);
  const steps = await told(() => uninstall(host, bird));
  const end =
    steps.length > 0 ? "removed everything of ours from this host" : "no change: nothing of ours is here";
  process.stdout.write(`${[...steps, end].join("\n")}\n`);
  return 0;
}
