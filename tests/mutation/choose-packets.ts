import type { IpVersion } from "../../compiler/net/cidr.ts";
import { formatIp } from "../../compiler/net/ip.ts";
import { Host, ownAddresses, servedWorkloads } from "../../compiler/semantics/evaluator/host.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { connectionKey } from "../kernel/connections.ts";
import { drawPackets } from "./draw-packets.ts";
import type { Mutant } from "./mutant.ts";
import type { Files } from "./readings.ts";
import type { Subject } from "./subject.ts";

/** How many packets are drawn, of each IP version, to find those that meet each rule. */
const DRAWN = 5_000;
const PER_RULE = 60;
const PER_CHAIN = 120;
/** Packets of the sample that meet the same rule. */
const PER_RULE_IN_SAMPLE = 3;

const FILES = { 4: "iptables.restore", 6: "ip6tables.restore" } as const satisfies Record<IpVersion, string>;

/** The packets by which it is measured whether a mutant does harm, by the rules that they meet. */
export class PacketChoice {
  readonly #byLine = new Map<string, Packet[]>();
  readonly #byChain = new Map<string, Packet[]>();
  readonly #samples: Readonly<Record<IpVersion, Packet[]>> = { 4: [], 6: [] };
  /** `FILE:LINE` → `TABLE CHAIN`. */
  readonly #chains = new Map<string, string>();

  /** Packets of one key may belong to one connection, so that only one of them is sent at a time. */
  readonly #keys = new Map<Packet, string>();
  readonly #local: ReadonlySet<string>;

  constructor(subject: Subject, files: Files, seed: number, drawn = DRAWN) {
    this.#local = localAddresses(subject);
    for (const version of [4, 6] as const) {
      const { tables } = files.dataplanes[version];
      for (const [table, chains] of Object.entries(tables))
        for (const [chain, rules] of chains)
          for (const { line } of rules) this.#chains.set(`${FILES[version]}:${line}`, `${table} ${chain}`);
      for (const packet of drawPackets(subject, files.dataplanes[version], drawn, seed))
        this.#sort(packet, files, version);
    }
  }

  #sort(packet: Packet, files: Files, version: IpVersion): void {
    let isNew = false;
    for (const { table, steps } of files.run(packet).visits)
      for (const { rule, chain } of steps) {
        const met = entry(this.#byLine, `${FILES[version]}:${rule.line}`);
        isNew ||= met.length < PER_RULE_IN_SAMPLE;
        if (met.length < PER_RULE) met.push(packet);
        for (const name of [chain, "chain" in rule.target ? rule.target.chain : chain]) {
          const visitors = entry(this.#byChain, `${FILES[version]} ${table} ${name}`);
          if (visitors.length < PER_CHAIN && visitors.at(-1) !== packet) visitors.push(packet);
        }
      }
    this.#keys.set(
      packet,
      connectionKey(packet, (address) => this.#local.has(address)),
    );
    if (isNew) this.#samples[version].push(packet);
  }

  /** Some that meet the rule that is changed, some that come through its chain, and some of every kind. */
  for({ file, line }: Mutant): readonly Packet[] {
    if (file === "ipset.restore") return this.all;
    const place = `${file}:${line}`;
    const chain = `${file} ${this.#chains.get(place)}`;
    const chosen = [
      ...(this.#byLine.get(place) ?? []),
      ...(this.#byChain.get(chain) ?? []),
      ...this.#samples[file === FILES[4] ? 4 : 6],
    ];
    return [...new Map(chosen.map((packet) => [this.#keys.get(packet)!, packet])).values()];
  }

  /** Every packet that is sent for any mutant. */
  get all(): readonly Packet[] {
    const groups = [...this.#byLine.values(), ...this.#byChain.values(), ...Object.values(this.#samples)];
    return [...new Set(groups.flat())];
  }
}

/** Those of the host and of its workloads, floating ones included. */
function localAddresses({ model, ir }: Subject): ReadonlySet<string> {
  const host = new Host(model, ir.settings, ir.node);
  const workloads = servedWorkloads(host).flatMap(({ addresses, floatingIps }) => [
    ...addresses,
    ...floatingIps.map(({ external }) => external),
  ]);
  return new Set([...ownAddresses(host), ...workloads].map(formatIp));
}

function entry(map: Map<string, Packet[]>, key: string): Packet[] {
  const found = map.get(key) ?? [];
  map.set(key, found);
  return found;
}
