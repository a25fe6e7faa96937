import { randomUUID } from "node:crypto";
import { DEFAULT_FEATURES, type HostFeatures } from "../../compiler/index.ts";
import { runTool } from "./run.ts";

/** A rule that uses each match or target in its plainest form: the kernel either takes it or lacks the module. */
const MATCH_PROBES: Readonly<Record<string, readonly string[]>> = {
  addrtype: ["-m", "addrtype", "--dst-type", "LOCAL"],
  comment: ["-m", "comment", "--comment", "probe"],
  connlimit: ["-p", "tcp", "-m", "connlimit", "--connlimit-above", "1"],
  conntrack: ["-m", "conntrack", "--ctstate", "ESTABLISHED"],
  icmp: ["-p", "icmp", "-m", "icmp", "--icmp-type", "8"],
  limit: ["-m", "limit", "--limit", "1/second"],
  mark: ["-m", "mark", "--mark", "0x1/0x1"],
  multiport: ["-p", "tcp", "-m", "multiport", "--dports", "1,2"],
  sctp: ["-p", "sctp", "-m", "sctp", "--dport", "1"],
  tcp: ["-p", "tcp", "-m", "tcp", "--dport", "1"],
  udp: ["-p", "udp", "-m", "udp", "--dport", "1"],
};

interface TargetProbe {
  readonly table: string;
  readonly rule: readonly string[];
}

const TARGET_PROBES: Readonly<Record<string, TargetProbe>> = {
  CT: { table: "raw", rule: ["-j", "CT", "--notrack"] },
  DNAT: { table: "nat", rule: ["-j", "DNAT", "--to-destination", "192.0.2.1"] },
  DSCP: { table: "mangle", rule: ["-j", "DSCP", "--set-dscp", "1"] },
  LOG: { table: "filter", rule: ["-j", "LOG"] },
  MARK: { table: "mangle", rule: ["-j", "MARK", "--set-xmark", "0x1/0x1"] },
  MASQUERADE: { table: "nat", rule: ["-j", "MASQUERADE"] },
  NFLOG: { table: "filter", rule: ["-j", "NFLOG"] },
  REJECT: { table: "filter", rule: ["-j", "REJECT"] },
  SNAT: { table: "nat", rule: ["-j", "SNAT", "--to-source", "192.0.2.1"] },
};

const LINK_PROBES: Readonly<Record<string, readonly string[]>> = {
  ifb: ["type", "ifb"],
  ipip: ["type", "ipip", "local", "192.0.2.1", "remote", "192.0.2.2"],
  vxlan: ["type", "vxlan", "id", "1", "dstport", "4789"],
  wireguard: ["type", "wireguard"],
};

/** A `tc` command that needs the feature, on the loopback of the scratch namespace. */
const SHAPING_PROBES: Readonly<Record<string, readonly string[]>> = {
  police: "filter add dev lo ingress protocol all matchall action police rate 1mbit burst 10k drop".split(
    " ",
  ),
  tbf: "qdisc add dev lo root handle 1: tbf rate 1mbit burst 10k latency 25ms".split(" "),
};

/**
 * What this host can do, found by trying each feature in a scratch network namespace that is removed again; the
 * host's own rules, sets and links are never touched. Needs root; without it nothing can be tried, and that is an
 * error, because a guess could compile rules that do not load. `netns`: name of the scratch namespace.
 */
export async function detectFeatures(
  variant?: "nft" | "legacy",
  netns = `cali-probe-${randomUUID().slice(0, 8)}`,
): Promise<HostFeatures> {
  const made = await runTool("ip", ["netns", "add", netns]);
  if (made.code !== 0)
    throw new Error(`cannot try features in a network namespace (root is needed): ${made.stderr.trim()}`);
  try {
    const backend = variant ?? (await defaultVariant());
    const probe = new Probe(netns, backend);
    return {
      iptablesBackend: backend,
      randomFully: await probe.rule("nat", ["-j", "MASQUERADE", "--random-fully"]),
      matches: await probe.matches(),
      targets: await keysWhere(TARGET_PROBES, ({ table, rule }) => probe.rule(table, rule)),
      setTypes: await asyncFilter(DEFAULT_FEATURES.setTypes, (type) => probe.setType(type)),
      linkKinds: await keysWhere(LINK_PROBES, (args) => probe.link(args)),
      shaping: await keysWhere(SHAPING_PROBES, (filter) => probe.shaping(filter)),
      nat: await asyncFilter([4, 6] as const, (version) => probe.rule("nat", ["-j", "RETURN"], version)),
      ipv6: await probe.rule("filter", ["-j", "RETURN"], 6),
    };
  } finally {
    await runTool("ip", ["netns", "delete", netns]);
  }
}

/** The variant that plain `iptables` means on this host. */
async function defaultVariant(): Promise<"nft" | "legacy"> {
  const { stdout } = await runTool("iptables", ["--version"]);
  return stdout.includes("legacy") ? "legacy" : "nft";
}

class Probe {
  readonly #netns: string;
  readonly #variant: "nft" | "legacy";

  constructor(netns: string, variant: "nft" | "legacy") {
    this.#netns = netns;
    this.#variant = variant;
  }

  async rule(table: string, rule: readonly string[], version: 4 | 6 = 4, chain = "probe"): Promise<boolean> {
    const tool = `${version === 4 ? "iptables" : "ip6tables"}-${this.#variant}-restore`;
    const lines = [
      `*${table}`,
      ...(chain === "probe" ? [":probe - -"] : []),
      `-A ${chain} ${rule.join(" ")}`,
    ];
    const input = `${lines.join("\n")}\nCOMMIT\n`;
    // A NAT target is only valid below a hook, and without --noflush the scratch table starts empty every time.
    return (await runTool(tool, [], { input, netns: this.#netns })).code === 0;
  }

  async matches(): Promise<readonly string[]> {
    const plain = await keysWhere(MATCH_PROBES, (rule) => this.rule("filter", rule));
    const icmp6 = await this.rule("filter", ["-p", "icmpv6", "-m", "icmp6", "--icmpv6-type", "128"], 6);
    const rpfilter = await this.rule("raw", ["-m", "rpfilter", "--invert"], 4, "PREROUTING");
    return [
      ...plain,
      ...(icmp6 ? ["icmp6"] : []),
      ...(rpfilter ? ["rpfilter"] : []),
      ...(await this.#set()),
    ].sort();
  }

  async #set(): Promise<readonly string[]> {
    await runTool("ipset", ["create", "probe", "hash:net"], { netns: this.#netns });
    const usable = await this.rule("filter", ["-m", "set", "--match-set", "probe", "src"]);
    await this.rule("filter", ["-j", "RETURN"]);
    await runTool("ipset", ["destroy", "probe"], { netns: this.#netns });
    return usable ? ["set"] : [];
  }

  async setType(type: string): Promise<boolean> {
    const created = await runTool("ipset", ["create", "probe", type], { netns: this.#netns });
    if (created.code === 0) await runTool("ipset", ["destroy", "probe"], { netns: this.#netns });
    return created.code === 0;
  }

  async link(args: readonly string[]): Promise<boolean> {
    const added = await runTool("ip", ["link", "add", "probe0", ...args], { netns: this.#netns });
    if (added.code === 0) await runTool("ip", ["link", "delete", "probe0"], { netns: this.#netns });
    return added.code === 0;
  }

  async shaping(command: readonly string[]): Promise<boolean> {
    // Filters hang on an ingress queue; that it is there already does not matter.
    await runTool("tc", ["qdisc", "add", "dev", "lo", "ingress"], { netns: this.#netns });
    return (await runTool("tc", command, { netns: this.#netns })).code === 0;
  }
}

async function keysWhere<V>(
  record: Readonly<Record<string, V>>,
  test: (value: V) => Promise<boolean>,
): Promise<readonly string[]> {
  return asyncFilter(Object.keys(record), (key) => test(record[key]!));
}

/** One after the other: the probes share one scratch namespace. */
async function asyncFilter<T>(
  items: readonly T[],
  test: (item: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const kept: T[] = [];
  for (const item of items) if (await test(item)) kept.push(item);
  return kept;
}
