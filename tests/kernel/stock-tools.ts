import type { Artifact } from "../../compiler/backends/backend.ts";
import { iptablesBackend } from "../../compiler/backends/iptables/index.ts";
import type { IptablesState } from "../../compiler/backends/iptables/state.ts";
import type { Namespace } from "./namespace.ts";

type Variant = "nft" | "legacy";

/** Loads sets, rules and the ARP guard with the stock tools; throws what a tool says that refuses its file. */
export async function loadRules(
  space: Namespace,
  variant: Variant,
  artifacts: readonly Artifact[],
): Promise<void> {
  const text = (path: string) => artifacts.find((artifact) => artifact.path === path)?.text ?? "";
  await space.run("ipset", ["restore"], text("ipset.restore"));
  await space.run(`iptables-${variant}-restore`, ["--noflush"], text("iptables.restore"));
  await space.run(`ip6tables-${variant}-restore`, ["--noflush"], text("ip6tables.restore"));
  await space.run("nft", ["-f", "-"], text("arp.nft"));
}

/** What the stock tools save, read by the back end. */
export async function readRules(space: Namespace, variant: Variant): Promise<IptablesState> {
  return iptablesBackend.parse([
    { path: "iptables.restore", text: await space.run(`iptables-${variant}-save`, []) },
    { path: "ip6tables.restore", text: await space.run(`ip6tables-${variant}-save`, []) },
    { path: "ipset.restore", text: await space.run("ipset", ["save"]) },
    { path: "arp.nft", text: await space.run("nft", ["list", "ruleset", "arp"]) },
  ]);
}
