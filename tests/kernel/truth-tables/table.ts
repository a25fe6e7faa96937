/** Truth tables: which pod reaches which, by which protocol and port, and how people write and read them. */

export type ProtocolName = "tcp" | "udp" | "sctp";

export interface Service {
  readonly protocol: ProtocolName;
  readonly port: number;
}

/** `namespace/name` of the pods, in the order of rows and columns. */
export const PODS: readonly string[] = ["x", "y", "z"].flatMap((namespace) =>
  ["a", "b", "c"].map((name) => `${namespace}/${name}`),
);
const PORTS: readonly number[] = [80, 81, 82, 443];

/** One cell. */
export interface Probe {
  readonly from: string;
  readonly to: string;
  readonly service: Service;
}

export type Table = readonly (Probe & { readonly allowed: boolean })[];

/** Every pair of pods, itself included, by every port of the protocols, in the order of tables. */
function allProbes(protocols: readonly ProtocolName[]): readonly Probe[] {
  return protocols.flatMap((protocol) =>
    PORTS.flatMap((port) =>
      PODS.flatMap((from) => PODS.map((to) => ({ from, to, service: { protocol, port } }))),
    ),
  );
}

/**
 * A table as statements, a later one over an earlier:
 *
 *     allow * > *                       the default, first
 *     deny  * > x/a,y/*                 all protocols and ports
 *     allow y/* > x/a tcp/80-82 udp     only these
 *
 * Throws for what is not of this form, and for a statement that changes nothing: it is a slip of whoever wrote it.
 */
export function parseTable(text: string, protocols: readonly ProtocolName[]): Table {
  const [first, ...rest] = text
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/g, " "))
    .filter((line) => line !== "");
  if (first !== "allow * > *" && first !== "deny * > *") throw new Error(`not a default: ${first}`);
  let table: Table = allProbes(protocols).map((probe) => ({ ...probe, allowed: first === "allow * > *" }));
  for (const line of rest) {
    const { allowed, matches } = parseStatement(line);
    if (!table.some((cell) => matches(cell) && cell.allowed !== allowed))
      throw new Error(`changes nothing: ${line}`);
    table = table.map((cell) => (matches(cell) ? { ...cell, allowed } : cell));
  }
  return table;
}

function parseStatement(line: string): {
  readonly allowed: boolean;
  readonly matches: (probe: Probe) => boolean;
} {
  const [verb, from = "", arrow, to = "", ...services] = line.split(" ");
  if ((verb !== "allow" && verb !== "deny") || arrow !== ">") throw new Error(`not a statement: ${line}`);
  const isFrom = parsePods(from);
  const isTo = parsePods(to);
  const areOf = services.map(parseServices);
  return {
    allowed: verb === "allow",
    matches: (probe) =>
      isFrom(probe.from) &&
      isTo(probe.to) &&
      (areOf.length === 0 || areOf.some((isOf) => isOf(probe.service))),
  };
}

/** `*`, or with commas between: a pod `x/a`, a namespace's pods, a name's pods (`*` before the slash). */
function parsePods(text: string): (pod: string) => boolean {
  if (text === "*") return () => true;
  const matchers = text.split(",").map((pattern) => {
    const [namespace, name] = pattern.split("/");
    const matches = (pod: string) => {
      const [podNamespace, podName] = pod.split("/");
      return (namespace === "*" || namespace === podNamespace) && (name === "*" || name === podName);
    };
    if (!PODS.some(matches)) throw new Error(`no pod is ${pattern}`);
    return matches;
  });
  return (pod) => matchers.some((matches) => matches(pod));
}

/** `tcp`, `tcp/80`, `tcp/80-82`, and the same with `*` for any protocol. */
function parseServices(text: string): (service: Service) => boolean {
  const [, protocol, first, last = first] = /^(tcp|udp|sctp|\*)(?:\/(\d+)(?:-(\d+))?)?$/.exec(text) ?? [];
  if (protocol === undefined) throw new Error(`not a protocol and ports: ${text}`);
  return (service) =>
    (protocol === "*" || protocol === service.protocol) &&
    (first === undefined || (service.port >= Number(first) && service.port <= Number(last)));
}

/**
 * `undefined` when the tables are equal; otherwise the observed one as Kubernetes' tests print it, `.` allowed and
 * `X` denied, with brackets around the cells that should be the other. Services of the same verdicts share a grid.
 */
export function describeDifference(expected: Table, observed: Table): string | undefined {
  const grids = new Map<string, { readonly services: string[]; readonly wrong: number }>();
  for (const protocolAndPort of new Set(expected.map(serviceName))) {
    const cells = observed.flatMap((cell, i) =>
      serviceName(cell) === protocolAndPort ? [{ cell, isRight: cell.allowed === expected[i]!.allowed }] : [],
    );
    const wrong = cells.filter(({ isRight }) => !isRight).length;
    if (wrong === 0) continue;
    const rows = PODS.map((from) => {
      const row = cells.filter(({ cell }) => cell.from === from).map(printCell);
      return `  ${from} ${row.join("")}`.trimEnd();
    });
    const grid = [`      ${PODS.join(" ")}`, ...rows].join("\n");
    const same = grids.get(grid);
    if (same === undefined) grids.set(grid, { services: [protocolAndPort], wrong });
    else same.services.push(protocolAndPort);
  }
  if (grids.size === 0) return undefined;
  return [...grids]
    .map(
      ([grid, { services, wrong }]) =>
        `${services.join(" ")}: ${wrong} wrong of ${PODS.length ** 2}\n${grid}`,
    )
    .join("\n");
}

function serviceName({ service: { protocol, port } }: Probe): string {
  return `${protocol}/${port}`;
}

function printCell({ cell, isRight }: { readonly cell: Table[number]; readonly isRight: boolean }): string {
  const mark = cell.allowed ? "." : "X";
  return isRight ? `  ${mark} ` : ` [${mark}]`;
}
