import { type Cidr, cidrContainsIp, parseCidr, parseIp, type Surrounding } from "../../compiler/index.ts";
import { StepError } from "../apply/errors.ts";
import type { Host } from "../host/host.ts";

/** The host's own addresses, and where its main tables lead to. */
export async function surroundingOf(host: Host): Promise<Surrounding> {
  const addresses = (await rows(host, ["-j", "addr", "show"])).flatMap((row) =>
    items(row.addr_info).flatMap(({ local }) => (typeof local === "string" ? (parseIp(local) ?? []) : [])),
  );
  const routes = await Promise.all(([4, 6] as const).map((version) => routesOf(host, version)));
  const sorted = routes.flat().sort((a, b) => b.cidr.length - a.cidr.length);
  const isOwn = new Set(addresses.map((ip) => `${ip.version} ${ip.value}`));
  const loopback = parseCidr("127.0.0.0/8");
  return {
    isLocalAddress: (ip) =>
      isOwn.has(`${ip.version} ${ip.value}`) ||
      (loopback !== undefined && ip.version === 4 && cidrContainsIp(loopback, ip)),
    deviceTo: (ip) =>
      sorted.find(({ cidr }) => cidr.version === ip.version && cidrContainsIp(cidr, ip))?.device,
  };
}

interface HostRoute {
  readonly cidr: Cidr;
  /** `undefined` = it leads nowhere. */
  readonly device: string | undefined;
}

async function routesOf(host: Host, version: 4 | 6): Promise<readonly HostRoute[]> {
  const everything = version === 4 ? "0.0.0.0/0" : "::/0";
  return (await rows(host, [`-${version}`, "-j", "route", "show"])).flatMap(({ dst, dev }) => {
    const cidr = typeof dst === "string" ? parseCidr(dst === "default" ? everything : dst) : undefined;
    return cidr === undefined ? [] : [{ cidr, device: typeof dev === "string" ? dev : undefined }];
  });
}

type Row = Readonly<Record<string, unknown>>;

async function rows(host: Host, words: readonly string[]): Promise<readonly Row[]> {
  const { code, stdout, stderr } = await host.run("ip", words);
  if (code !== 0) throw new StepError(`ip ${words.join(" ")}`, stderr.trim());
  try {
    return items(JSON.parse(stdout === "" ? "[]" : stdout));
  } catch {
    throw new StepError(`ip ${words.join(" ")}`, "its output is not what the tool prints");
  }
}

function items(value: unknown): readonly Row[] {
  return Array.isArray(value)
    ? value.filter((item): item is Row => typeof item === "object" && item !== null)
    : [];
}
