import type { ToolResult } from "../run.ts";
import { contentLines, done, Refusal, refused, wordsOf } from "./words.ts";

/** A row of `ip -j`; only the columns that our reader looks at. */
type Row = Readonly<Record<string, unknown>>;

/** Words that take a value; all others stand alone. */
const VALUED =
  "address dev dst dstport fwmark id lladdr local lookup metric mtu nud priority proto scope src table type via".split(
    " ",
  );

/** Links, addresses, neighbours, forwarding entries, rules, routes, sysctls, by the key that the kernel has for them. */
export class FakeRouting {
  readonly #links = new Map<string, Row>();
  readonly #rows: Readonly<Record<string, Map<string, Row>>> = {
    addr: new Map(),
    neigh: new Map(),
    fdb: new Map(),
    rule: new Map(),
    route: new Map(),
  };
  readonly #sysctls = new Map<string, string>();
  /** The kernel has the module. */
  hasIpip = true;

  /** Rows are never changed in place, so sharing them is safe. */
  copyFrom(other: FakeRouting): void {
    for (const [name, link] of other.#links) this.#links.set(name, link);
    for (const [object, rows] of Object.entries(other.#rows))
      for (const [key, row] of rows) this.#rows[object]?.set(key, row);
    for (const [key, value] of other.#sysctls) this.#sysctls.set(key, value);
    this.hasIpip = other.hasIpip;
  }

  /** A device that somebody else made: the host's own, or a workload's. */
  addDevice(name: string, kind = "veth"): void {
    this.#links.set(name, { ifname: name, mtu: 1500, linkinfo: { info_kind: kind } });
  }

  /** `ip tunnel add tunl0 mode ipip` where the module comes with it: it has made the device already. */
  loadIpip(): ToolResult {
    if (!this.hasIpip) return refused('add tunnel "tunl0" failed: No such device');
    if (!this.hasDevice("tunl0")) this.addDevice("tunl0", "ipip");
    return refused('add tunnel "tunl0" failed: File exists');
  }

  hasDevice(name: string): boolean {
    return this.#links.has(name);
  }

  wireguardDevices(): readonly string[] {
    return [...this.#links]
      .filter(([, row]) => /"info_kind":"(wireguard|tun)"/.test(JSON.stringify(row)))
      .map(([name]) => name);
  }

  removeDevice(name: string): void {
    this.#links.delete(name);
    for (const rows of Object.values(this.#rows))
      for (const [key, row] of rows) if (row.dev === name || row.ifname === name) rows.delete(key);
  }

  /** Stops at the first line that fails; what came before it stays done. */
  batch(input: string, version: 4 | 6): ToolResult {
    for (const [line, number] of contentLines(input)) {
      try {
        this.#do(wordsOf(line), version);
      } catch (cause) {
        if (cause instanceof Refusal) return refused(`Error: ${cause.message}\nCommand failed -:${number}`);
        throw cause;
      }
    }
    return done();
  }

  /** `sysctl -p`: goes on after a failure; a leading `-` forgives it. */
  setSysctls(input: string): ToolResult {
    let failure: string | undefined;
    for (const [line] of contentLines(input)) {
      const [name = "", , value = ""] = line.split(/\s+/);
      const key = name.replace(/^-/, "");
      const dev = /(?:conf|neigh)[./]([^./]+)[./]/.exec(key)?.[1];
      if (dev === undefined || dev === "all" || this.#links.has(dev)) this.#sysctls.set(key, value);
      else if (!name.startsWith("-")) failure = `sysctl: cannot stat ${key}: No such file or directory`;
    }
    return failure === undefined ? done() : refused(failure);
  }

  /** The answer to a query of ours, by its words. */
  show(words: readonly string[]): string {
    const version = words.includes("-6") ? 6 : 4;
    const isOfVersion = ({ version: of }: Row) => of === version;
    const object = words.find((word) => /^(link|addr|route|rule|neigh|fdb)$/.test(word)) ?? "";
    const rows = [...(this.#rows[object]?.values() ?? [])];
    switch (object) {
      case "link":
        return JSON.stringify([...this.#links.values()]);
      case "addr":
        return JSON.stringify(
          [...this.#links.values()].map((link) => ({
            ...link,
            addr_info: rows.filter(({ dev }) => dev === link.ifname),
          })),
        );
      case "route":
      case "rule":
      case "neigh":
        return JSON.stringify(rows.filter(isOfVersion));
      case "fdb":
        return JSON.stringify(rows);
      default:
        return [...this.#sysctls].map(([key, value]) => `${key} = ${value}\n`).join("");
    }
  }

  /** The answers to several queries, one a line. */
  answer(args: readonly string[], input: string): ToolResult {
    const lines = [...contentLines(input)];
    return done(lines.map(([line]) => `${this.show([...args, ...wordsOf(line)])}\n`).join(""));
  }

  #do([object = "", verb = "", ...rest]: readonly string[], version: 4 | 6): void {
    if (object === "link") {
      this.#doLink(verb, rest);
      return;
    }
    const { key, row } = rowOf(object, rest, version);
    const dev = typeof row.dev === "string" ? row.dev : undefined;
    if (dev !== undefined && !this.#links.has(dev)) throw new Refusal(`Cannot find device "${dev}"`);
    const rows = this.#rows[object];
    if (rows === undefined) throw new Refusal(`Object "${object}" is unknown`);
    if (verb === "add" && rows.has(key)) throw new Refusal("File exists");
    if (verb === "del" && !rows.delete(key)) throw new Refusal("No such process");
    if (verb !== "del") rows.set(key, row);
  }

  #doLink(verb: string, [name = "", ...rest]: readonly string[]): void {
    const fields = fieldsOf(rest);
    const there = this.#links.get(name);
    if (verb === "add") {
      if (there !== undefined) throw new Refusal("File exists");
      const data = {
        id: Number(fields.id),
        port: Number(fields.dstport),
        local: fields.local,
        link: fields.dev,
      };
      this.#links.set(name, {
        ifname: name,
        mtu: 1450,
        linkinfo: { info_kind: fields.type, info_data: data },
      });
      return;
    }
    if (there === undefined) throw new Refusal(`Cannot find device "${name}"`);
    if (verb === "del") {
      this.removeDevice(name);
      return;
    }
    const { address = there.address, mtu = there.mtu } = fields;
    const flags = fields.up === undefined ? there.flags : ["UP"];
    this.#links.set(name, { ...there, address, mtu: Number(mtu), flags });
  }
}

function fieldsOf(words: readonly string[]): Readonly<Record<string, string | undefined>> {
  const fields: Record<string, string> = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    fields[word] = VALUED.includes(word) ? (words[++index] ?? "") : "";
  }
  return fields;
}

function rowOf(
  object: string,
  words: readonly string[],
  version: 4 | 6,
): { readonly key: string; readonly row: Row } {
  const [first = "", ...rest] = words;
  switch (object) {
    case "addr": {
      const { dev, scope = "global" } = fieldsOf(rest);
      const [local = "", length] = first.split("/");
      return { key: `${dev} ${first}`, row: { dev, local, prefixlen: Number(length), scope } };
    }
    case "neigh": {
      const { dev, lladdr } = fieldsOf(rest);
      const row = { version: versionOf(first), dst: first, dev, lladdr, state: ["PERMANENT"] };
      return { key: `${dev} ${first}`, row };
    }
    case "fdb": {
      const { dev, dst } = fieldsOf(rest);
      return { key: `${dev} ${first}`, row: { mac: first, ifname: dev, dev, dst, state: "permanent" } };
    }
    case "rule": {
      const { priority, fwmark = "", lookup, ...others } = fieldsOf(words);
      const [mark, mask] = fwmark.split("/");
      const not = Object.hasOwn(others, "not") ? { not: null } : {};
      const row = { version, priority: Number(priority), fwmark: mark, fwmask: mask, table: lookup, ...not };
      return { key: JSON.stringify(row), row };
    }
    case "route":
      return routeOf(words);
    default:
      throw new Refusal(`Object "${object}" is unknown`);
  }
}

function routeOf(words: readonly string[]): { readonly key: string; readonly row: Row } {
  const isTyped = words[0] === "blackhole" || words[0] === "throw";
  const [dst = "", ...rest] = isTyped ? words.slice(1) : words;
  const { via, dev, src, mtu, table, proto, metric, onlink } = fieldsOf(rest);
  const version = versionOf(dst);
  // The kernel finds the device of a gateway that names none.
  const device = isTyped ? undefined : (dev ?? "eth0");
  const priority = metric ?? (version === 6 ? "1024" : "0");
  const row = {
    version,
    dst,
    ...(isTyped ? { type: words[0] } : { dev: device }),
    ...(via === undefined ? {} : { gateway: via }),
    ...(onlink === undefined ? {} : { flags: ["onlink"] }),
    ...(src === undefined ? {} : { prefsrc: src }),
    ...(mtu === undefined ? {} : { metrics: [{ mtu: Number(mtu) }] }),
    ...(table === undefined ? {} : { table }),
    ...(proto === undefined ? {} : { protocol: proto }),
    metric: Number(priority),
  };
  return { key: `${version} ${table ?? "main"} ${dst} ${priority}`, row };
}

function versionOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}
