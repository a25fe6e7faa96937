import { type Connection, type Direction, formatIp, parseIp } from "../../compiler/index.ts";
import { StepError } from "../apply/errors.ts";
import type { Host } from "../host/host.ts";

const ICMP = [1, 58];

/** What the kernel tracks; throws `StepError` where `conntrack` cannot tell. */
export async function trackedConnections(host: Host): Promise<readonly Connection[]> {
  const lists = [];
  for (const family of ["ipv4", "ipv6"]) {
    const { code, stdout, stderr } = await host.run("conntrack", ["-L", "-f", family]);
    if (code !== 0) throw new StepError("conntrack -L", stderr.trim() || "it does not run");
    lists.push(stdout.split("\n").flatMap(parseConnection));
  }
  return lists.flat();
}

/**
 * A line of `conntrack -L` (conntrack(8)): name and number of the protocol, seconds left, its state, then `key=value`
 * once for each direction. None for a line that is something else.
 */
export function parseConnection(line: string): readonly Connection[] {
  const protocol = Number(/^\S+\s+(\d+)\s/.exec(line)?.[1]);
  const [first, second] = [...line.matchAll(/\bsrc=\S+(?: (?!src=)\S+)*/g)].map(([text]) =>
    readDirection(text),
  );
  if (!Number.isInteger(protocol) || first === undefined || second === undefined) return [];
  const number = (key: string): number => Number(new RegExp(` ${key}=(\\d+)`).exec(line)?.[1]);
  const icmp = ICMP.includes(protocol)
    ? { type: number("type"), code: number("code"), id: number("id") }
    : undefined;
  return [{ protocol, original: first, reply: second, icmp }];
}

function readDirection(text: string): Direction | undefined {
  const value = (key: string): string => new RegExp(`(?:^| )${key}=(\\S+)`).exec(text)?.[1] ?? "";
  const [source, destination] = [parseIp(value("src")), parseIp(value("dst"))];
  if (source === undefined || destination === undefined) return undefined;
  const port = (key: string): number | undefined => (value(key) === "" ? undefined : Number(value(key)));
  return { source, destination, sourcePort: port("sport"), destinationPort: port("dport") };
}

/** False where it has ended by itself meanwhile. */
export async function forgetConnection(
  host: Host,
  { protocol, original, icmp }: Connection,
): Promise<boolean> {
  const { source, destination, sourcePort, destinationPort } = original;
  const words = [
    ...["-D", "-f", source.version === 4 ? "ipv4" : "ipv6", "-p", `${protocol}`],
    ...["--orig-src", formatIp(source), "--orig-dst", formatIp(destination)],
    ...(sourcePort === undefined ? [] : ["--sport", `${sourcePort}`]),
    ...(destinationPort === undefined ? [] : ["--dport", `${destinationPort}`]),
    ...(icmp === undefined
      ? []
      : [
          ...[`--icmp${source.version === 4 ? "" : "v6"}-type`, `${icmp.type}`],
          ...[`--icmp${source.version === 4 ? "" : "v6"}-code`, `${icmp.code}`],
          ...[`--icmp${source.version === 4 ? "" : "v6"}-id`, `${icmp.id}`],
        ]),
  ];
  const { code } = await host.run("conntrack", words);
  return code === 0;
}
