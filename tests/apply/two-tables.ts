import type { ApplyTarget } from "../../runtime/apply/target.ts";

const comment = (id: string): string => `-m comment --comment "cali:${id}"`;

/** Our chains of two tables, which what comes to the host meets one after the other. */
function target(raw: readonly string[], filter: readonly string[]): ApplyTarget {
  const rules = (chain: string, lines: readonly string[]): readonly string[] =>
    lines.map(
      (line, index) => `-A ${chain} ${comment(`${chain.slice(5, 7)}-${index}-${idOf(line)}`)} ${line}`,
    );
  const lines = [
    "*raw",
    ":cali-PREROUTING - -",
    `-I PREROUTING ${comment("hook-raw")} -j cali-PREROUTING`,
    ...rules("cali-PREROUTING", raw),
    "COMMIT",
    "*filter",
    ":cali-INPUT - -",
    `-I INPUT ${comment("hook-filter")} -j cali-INPUT`,
    ...rules("cali-INPUT", filter),
    "COMMIT",
  ];
  return { node: "n1", artifacts: [{ path: "iptables.restore", text: `${lines.join("\n")}\n` }] };
}

function idOf(line: string): string {
  return line.replaceAll(/[^a-z0-9]/g, "").slice(0, 12);
}

/** All that comes to the host is allowed by the bit: one table sets it, the other asks for it. */
export function markTarget(bit: "0x10000" | "0x20000"): ApplyTarget {
  return target(
    [`-j MARK --set-xmark ${bit}/0x30000`],
    [`-m mark --mark ${bit}/0x30000 -j ACCEPT`, "-j DROP"],
  );
}

/** Echo requests are allowed, UDP of one port never: by one table or by the other. */
export function dropTarget(place: "raw" | "filter", port: number): ApplyTarget {
  const drop = `-p udp -m multiport --dports ${port} -j DROP`;
  return target(place === "raw" ? [drop] : [], [...(place === "filter" ? [drop] : []), "-j ACCEPT"]);
}
