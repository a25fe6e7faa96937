import { readRecord } from "../../../runtime/apply/record.ts";
import type { Host } from "../../../runtime/host/host.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import { defaultVariant, type HostRequest, openHost, told } from "../apply/this-host.ts";

/** This host with the iptables that it was last applied with. */
export async function openApplied(request: HostRequest): Promise<Host> {
  const last = await told(() => readRecord(new LinuxHost({ iptablesVariant: "nft" }), "last"));
  const variant = request.iptablesBackend ?? last?.variant ?? (await defaultVariant()) ?? "nft";
  return openHost(request, variant, last?.artifacts.some(({ path }) => path === "bird.conf") === true);
}
