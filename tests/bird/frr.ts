import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../../runtime/host/run.ts";
import { type ForeignSpeaker, LINK, poll } from "./foreign.ts";

/** Debian's place of FRR's daemons, which are in nobody's PATH. */
const BGPD = "/usr/lib/frr/bgpd";

export const missingFrr = existsSync(BGPD) ? undefined : "needs frr";

const [standard, large] = LINK.communities;
/** Without zebra it knows no connected network (`disable-connected-check`). A password is one word to it. */
const CONFIG = `router bgp ${LINK.router.asNumber}
 bgp router-id ${LINK.router.addresses[0]}
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
${LINK.node.addresses
  .map(
    (address) => ` neighbor ${address} remote-as ${LINK.node.asNumber}
 neighbor ${address} password ${LINK.password}
 neighbor ${address} timers connect 3
 neighbor ${address} disable-connected-check
`,
  )
  .join("")}${LINK.announced
  .map((prefix, index) => {
    const address = LINK.node.addresses[index];
    return ` address-family ipv${index === 0 ? 4 : 6} unicast
  network ${prefix}
  neighbor ${address} activate
  neighbor ${address} route-map tagged out
 exit-address-family
`;
  })
  .join("")}!
route-map tagged permit 10
 set community ${standard}
 set large-community ${large}
`;

interface Summary {
  readonly peers?: Readonly<Record<string, { readonly state: string }>>;
}

interface Prefix {
  readonly paths?: readonly {
    readonly community?: { readonly string: string };
    readonly largeCommunity?: { readonly string: string };
  }[];
}

export const FRR: ForeignSpeaker = {
  title: "FRR",
  tools: ["vtysh"],
  start: async (space, directory) => {
    const file = join(directory, "bgpd.conf");
    await writeFile(file, CONFIG);
    // Without zebra: only what BGP says counts here.
    const args = ["--no_zebra", "--skip_runas", "-f", file, "-i", join(directory, "pid"), "-P", "0"];
    const process = spawn("ip", ["netns", "exec", space.name, BGPD, ...args, "--vty_socket", directory], {
      stdio: "ignore",
    });
    const ask = (command: string) =>
      runTool("vtysh", ["--vty_socket", directory, "-c", command], { netns: space.name });
    const json = async (command: string): Promise<unknown> =>
      JSON.parse((await ask(`${command} json`)).stdout);
    await poll(
      () => ask("show version"),
      ({ code }) => code === 0,
      10_000,
    );
    return {
      process,
      established: async () => {
        const summary = (await json("show bgp summary")) as Readonly<Record<string, Summary>>;
        return Object.values(summary).flatMap(({ peers = {} }) =>
          Object.entries(peers).flatMap(([address, { state }]) => (state === "Established" ? [address] : [])),
        );
      },
      communitiesOf: async (prefix) => {
        const family = prefix.includes(":") ? "ipv6" : "ipv4";
        const { paths: [path] = [] } = (await json(`show bgp ${family} unicast ${prefix}`)) as Prefix;
        if (path === undefined) return undefined;
        return [path.community, path.largeCommunity].flatMap((all) => all?.string.split(" ") ?? []).sort();
      },
    };
  },
};
