import { type Command, InvalidArgumentError, Option } from "commander";
import type { CompileOptions } from "../../compiler/index.ts";
import { VERSION } from "../version.ts";

/** What is said of the hosts: nothing of it is in the resources. */
export interface TargetRequest {
  readonly iptablesBackend?: "nft" | "legacy";
  readonly features?: string;
  readonly interfacePrefix?: string;
  readonly hostMtu?: number;
  readonly routerId?: "address" | "hash";
}

/** Options of every command that compiles, beside the iptables variant. `features`: the default, in words. */
export function targetOptions(command: Command, features = "default"): Command {
  return command
    .option("--features <default|host|file>", `what the target host can do (default: ${features})`)
    .option("--interface-prefix <prefix>", "first part of the names of pods' interfaces (default: cali)")
    .option("--host-mtu <bytes>", "smallest MTU of the hosts' interfaces, from which tunnels get theirs", mtu)
    .addOption(
      new Option(
        "--router-id <from>",
        "what BGP speakers are known by: their IPv4 address or a hash of their name (default: address)",
      ).choices(["address", "hash"]),
    );
}

export function iptablesBackendOption(): Option {
  return new Option("--iptables-backend <variant>", "the host's iptables variant").choices(["nft", "legacy"]);
}

/** How to compile for these hosts. Throws UserError for features that cannot be read. */
export async function compileOptions(request: TargetRequest): Promise<CompileOptions> {
  // Not above: a command that only has these options, for its help, would load the compiler.
  const { chooseFeatures } = await import("./features.ts");
  const { features = "default", iptablesBackend } = request;
  return {
    features: await chooseFeatures(features, iptablesBackend),
    compilerVersion: VERSION,
    ...saidOptions(request),
  };
}

/** The options that the caller gave; the others are absent, so that a bundle's own can hold. */
export function saidOptions({
  interfacePrefix,
  hostMtu,
  routerId,
}: TargetRequest): Pick<CompileOptions, "interfacePrefix" | "routing" | "bgp"> {
  return {
    ...(interfacePrefix === undefined ? {} : { interfacePrefix }),
    ...(hostMtu === undefined ? {} : { routing: { hostMtu } }),
    ...(routerId === undefined ? {} : { bgp: { routerIds: routerId } }),
  };
}

function mtu(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 576 || value > 65535)
    throw new InvalidArgumentError("a number of bytes from 576 to 65535");
  return value;
}
