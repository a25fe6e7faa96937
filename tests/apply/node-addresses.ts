import type { Compilation } from "../../compiler/index.ts";
import { formatIp } from "../../compiler/net/ip.ts";

/** What the node's `eth0` has, by its resource, with prefix length. */
export function nodeAddresses({ model }: Compilation, node: string): readonly string[] {
  const bgp = [...model.all("node").values()].find(({ name }) => name === node)?.bgp;
  return [bgp?.ipv4, bgp?.ipv6].flatMap((own) =>
    own === undefined ? [] : [`${formatIp(own.ip)}/${own.length}`],
  );
}
