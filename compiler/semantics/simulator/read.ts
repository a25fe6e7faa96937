import type { IpVersion } from "../../net/cidr.ts";
import type { SetDefinition } from "../condition.ts";
import { type Dataplane, type SetContents, UnreadableText } from "./program.ts";
import { readRoutes } from "./read-routes.ts";
import { readRules } from "./read-rules.ts";
import { readSets } from "./read-sets.ts";
import type { TextFile } from "./words.ts";

const RULES: Readonly<Record<IpVersion, string>> = { 4: "iptables.restore", 6: "ip6tables.restore" };
const SETS = "ipset.restore";
const ROUTES: readonly string[] = ["ip.batch", "ip6.batch"];

/** Files that say nothing of the way of an IP packet through netfilter: ARP, bandwidth, neighbours, BGP, settings. */
const OTHERS =
  /^(manifest\.json|arp\.nft|tc\.batch|bridge\.batch|sysctl\.conf|bird\.conf|wireguard\/[^/]+\.conf)$/;

/**
 * The dataplane that a node's files make, for each IP version. `definitionOf` says what a set means that the files
 * create. Throws `UnreadableText` for whatever is not known to mean exactly one thing, unknown files among it.
 */
export function readDataplanes(
  files: readonly TextFile[],
  definitionOf: (set: string, contents: SetContents) => SetDefinition | undefined = byName,
): Readonly<Record<IpVersion, Dataplane>> {
  const byPath = new Map<string, TextFile>();
  for (const file of files) {
    const { path } = file;
    const isKnown =
      path === SETS || ROUTES.includes(path) || path === RULES[4] || path === RULES[6] || OTHERS.test(path);
    if (!isKnown) throw new UnreadableText(path, 1, "a file of an unknown name");
    if (byPath.has(path)) throw new UnreadableText(path, 1, "a second file of this name");
    byPath.set(path, file);
  }
  const sets = readSets(byPath.get(SETS));
  const routes = readRoutes(files.filter(({ path }) => ROUTES.includes(path)));
  const dataplane = (version: IpVersion): Dataplane => ({
    version,
    tables: readRules(byPath.get(RULES[version]), {
      version,
      definitionOf: (name) => {
        const contents = sets[version].get(name);
        return contents && definitionOf(name, contents);
      },
    }),
    sets: sets[version],
    routes: routes[version],
  });
  return { 4: dataplane(4), 6: dataplane(6) };
}

/** A set that means nothing but its contents. */
function byName(key: string, { withPorts }: SetContents): SetDefinition {
  return { key, withPorts };
}
