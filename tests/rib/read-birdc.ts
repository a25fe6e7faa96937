import { line } from "./text.ts";

const ROUTE =
  /^(\S+)?\s+(unicast|blackhole|unreachable|prohibit) \[(\S+) \S+(?: from \S+)?\]( [*!])? \((\d+)(\/\S+)?\)/;
const COMPARED = new Set([
  "BGP.origin",
  "BGP.as_path",
  "BGP.next_hop",
  "BGP.med",
  "BGP.local_pref",
  "BGP.community",
  "BGP.large_community",
  "BGP.originator_id",
  "BGP.cluster_list",
  "Kernel.source",
  "Kernel.metric",
]);

/** `birdc show route all` as the lines of `predictedTable`; `undecided`: prefixes whose best route no mark shows. */
export function measuredTable(output: string, undecided: ReadonlySet<string>): readonly string[] {
  const lines: string[] = [];
  let prefix = "";
  let route: Route | undefined;
  const finish = (): void => {
    if (route !== undefined)
      lines.push(
        line(
          route.prefix,
          route.protocol,
          route.mark,
          route.preference,
          [route.kind, ...route.hops.sort()],
          route.attributes,
        ),
      );
    route = undefined;
  };
  for (const text of output.split("\n")) {
    const head = ROUTE.exec(text);
    if (head !== null) {
      finish();
      prefix = head[1] ?? prefix;
      const known = head[6] === "/?" ? "/?" : "";
      route = {
        prefix,
        kind: head[2]!,
        protocol: head[3]!,
        mark: undecided.has(prefix) ? "?" : head[4] === undefined ? "" : "*",
        preference: `${head[5]}${known}`,
        hops: [],
        attributes: [],
      };
      continue;
    }
    const hop = /^\t(?:via (\S+) on (\S+)|dev (\S+))/.exec(text);
    if (hop !== null && route !== undefined)
      route.hops.push(hop[1] === undefined ? `dev ${hop[3]}` : `via ${hop[1]} dev ${hop[2]}`);
    const attribute = /^\t([A-Z]\w*\.\w+): ?(.*)$/.exec(text);
    if (attribute !== null && route !== undefined && COMPARED.has(attribute[1]!))
      route.attributes.push(`${attribute[1]}: ${attribute[2]!.replaceAll(", ", ",").trim()}`);
  }
  finish();
  return lines.sort();
}

interface Route {
  readonly prefix: string;
  readonly kind: string;
  readonly protocol: string;
  readonly mark: string;
  readonly preference: string;
  readonly hops: string[];
  readonly attributes: string[];
}

/** Names of the BGP protocols of `birdc show protocols` that are established. */
export function establishedSessions(output: string): readonly string[] {
  return output
    .split("\n")
    .filter((text) => / BGP\s/.test(text) && /\sEstablished\s*$/.test(text))
    .map((text) => text.split(/\s+/)[0]!)
    .sort();
}

/** Since when each BGP protocol of `birdc show protocols` has been in its state, by name. */
export function sinceWhen(output: string): ReadonlyMap<string, string> {
  const rows = output.split("\n").filter((text) => / BGP\s/.test(text));
  return new Map(
    rows.map((text) => {
      const [name = "", , , , date, time] = text.split(/\s+/);
      return [name, `${date} ${time}`];
    }),
  );
}

interface KernelJson {
  readonly dst: string;
  readonly type?: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly metric?: number;
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev: string }[];
}

/** `ip -j route show proto bird` as the lines of `predictedKernel`. */
export function measuredKernel(
  outputs: readonly { readonly version: 4 | 6; readonly json: string }[],
): readonly string[] {
  return outputs
    .flatMap(({ version, json }) =>
      (JSON.parse(json || "[]") as readonly KernelJson[]).map((route) => {
        const hops =
          route.type === undefined || route.type === "unicast"
            ? (route.nexthops ?? [{ gateway: route.gateway, dev: route.dev ?? "" }])
            : [];
        const texts = hops.map(({ gateway, dev }) =>
          gateway === undefined ? `dev ${dev}` : `via ${gateway} dev ${dev}`,
        );
        // One router by its global and by its link-local address: the caller has given both one name.
        const named = [...new Set(texts)].sort();
        return `${prefixOf(route.dst, version)} ${route.type ?? "unicast"} ${named.join(", ")} metric ${route.metric ?? 0}`;
      }),
    )
    .sort();
}

function prefixOf(dst: string, version: 4 | 6): string {
  if (dst === "default") return version === 4 ? "0.0.0.0/0" : "::/0";
  return dst.includes("/") ? dst : `${dst}/${version === 4 ? 32 : 128}`;
}
