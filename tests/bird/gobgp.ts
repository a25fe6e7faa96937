import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../../runtime/host/run.ts";
import { type ForeignSpeaker, LINK, poll } from "./foreign.ts";

const FAMILIES = ["ipv4", "ipv6"] as const;

const CONFIG = `[global.config]
as = ${LINK.router.asNumber}
router-id = "${LINK.router.addresses[0]}"
local-address-list = [${LINK.router.addresses.map((address) => `"${address}"`).join(", ")}]
${FAMILIES.map(
  (family, index) => `
[[neighbors]]
[neighbors.config]
neighbor-address = "${LINK.node.addresses[index]}"
peer-as = ${LINK.node.asNumber}
auth-password = "${LINK.password}"
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "${family}-unicast"
`,
).join("")}`;

interface Neighbor {
  readonly conf: { readonly neighbor_address: string };
  readonly state: { readonly session_state?: number };
}

/** Path attributes by their type: 8 is COMMUNITIES (RFC 1997), 32 LARGE_COMMUNITY (RFC 8092). */
interface Path {
  readonly attrs: readonly {
    readonly type: number;
    readonly communities?: readonly number[];
    readonly value?: readonly {
      readonly ASN: number;
      readonly LocalData1: number;
      readonly LocalData2: number;
    }[];
  }[];
}

const ESTABLISHED = 6;

export const GOBGP: ForeignSpeaker = {
  title: "GoBGP",
  tools: ["gobgpd", "gobgp"],
  start: async (space, directory) => {
    const file = join(directory, "gobgpd.toml");
    await writeFile(file, CONFIG);
    const process = spawn("ip", ["netns", "exec", space.name, "gobgpd", "-f", file], { stdio: "ignore" });
    const ask = (...args: readonly string[]) => runTool("gobgp", args, { netns: space.name });
    await poll(
      () => ask("global"),
      ({ code }) => code === 0,
      10_000,
    );
    for (const [index, prefix] of LINK.announced.entries())
      await space.run("gobgp", [
        ...["global", "rib", "-a", FAMILIES[index]!, "add", prefix],
        ...["nexthop", LINK.router.addresses[index]!],
        ...["community", LINK.communities[0], "large-community", LINK.communities[1]],
      ]);
    return {
      process,
      established: async () => {
        const neighbors = JSON.parse(await space.run("gobgp", ["-j", "neighbor"])) as readonly Neighbor[];
        return neighbors
          .filter(({ state }) => state.session_state === ESTABLISHED)
          .map(({ conf }) => conf.neighbor_address);
      },
      communitiesOf: async (prefix) => {
        const family = FAMILIES[prefix.includes(":") ? 1 : 0];
        const { code, stdout } = await ask("-j", "global", "rib", "-a", family, prefix);
        const known =
          code === 0 && stdout.startsWith("{") ? (JSON.parse(stdout) as Record<string, Path[]>) : {};
        return known[prefix]?.[0]?.attrs
          .flatMap(({ type, communities = [], value = [] }) =>
            type === 8
              ? communities.map((community) => `${community >>> 16}:${community & 0xffff}`)
              : type === 32
                ? value.map(({ ASN, LocalData1, LocalData2 }) => `${ASN}:${LocalData1}:${LocalData2}`)
                : [],
          )
          .sort();
      },
    };
  },
};
