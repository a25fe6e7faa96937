import { readFile } from "node:fs/promises";
import { DEFAULT_FEATURES, type HostFeatures, parseFeatures } from "../../compiler/index.ts";
import { UserError } from "../output/errors.ts";

/**
 * `--features default|host|FILE`, with the iptables variant overridden where the caller names it. `host` asks this
 * machine, so that the result always loads here.
 */
export async function chooseFeatures(choice: string, variant?: "nft" | "legacy"): Promise<HostFeatures> {
  const features = await read(choice, variant);
  return variant === undefined ? features : { ...features, iptablesBackend: variant };
}

async function read(choice: string, variant: "nft" | "legacy" | undefined): Promise<HostFeatures> {
  if (choice === "default") return DEFAULT_FEATURES;
  if (choice === "host") {
    const { detectFeatures } = await import("../../runtime/host/features.ts");
    return detectFeatures(variant);
  }
  const text = await readFile(choice, "utf8").catch(() => {
    throw new UserError(`--features: '${choice}' is neither 'default' nor 'host' nor a readable file`);
  });
  const parsed = parseFeatures(text);
  if (!parsed.ok) throw new UserError(`--features: ${choice}: ${parsed.reason}`);
  return parsed.features;
}
