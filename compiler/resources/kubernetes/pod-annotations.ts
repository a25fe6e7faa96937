import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { WorkloadEndpoint } from "../../ir/cluster-model.ts";
import { type Cidr, parseCidr } from "../../net/cidr.ts";
import { parseHostIp } from "../../net/ip.ts";

const FLOATING_IPS = "cni.projectcalico.org/floatingIPs";
const ALLOWED_SOURCES = "cni.projectcalico.org/allowedSourcePrefixes";

export function isAddressAnnotation(key: string): boolean {
  return key === FLOATING_IPS || key === ALLOWED_SOURCES;
}

export interface PodAnnotations {
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the annotations. */
  readonly origin: Origin;
  readonly report: Report;
}

/** Each external address stands for the pod's own address of its family; without one it stands for nothing. */
export function floatingIps(
  addresses: readonly Cidr[],
  source: PodAnnotations,
): WorkloadEndpoint["floatingIps"] {
  return readList(FLOATING_IPS, source).flatMap((text) => {
    const external = parseHostIp(text);
    if (external === undefined) {
      reportValue(FLOATING_IPS, text, "is not an IP address of a host", source);
      return [];
    }
    const internal = addresses.find(({ version }) => version === external.version);
    if (internal === undefined) return [];
    const { length: _, ...ip } = internal;
    return [{ internal: ip, external }];
  });
}

/** Networks that the pod may send from besides its own addresses. */
export function allowedSpoofSources(source: PodAnnotations): readonly Cidr[] {
  return readList(ALLOWED_SOURCES, source).flatMap((text) => {
    const cidr = parseCidr(text);
    if (cidr !== undefined) return [cidr];
    reportValue(ALLOWED_SOURCES, text, "is not a network", source);
    return [];
  });
}

function readList(key: string, source: PodAnnotations): readonly string[] {
  const text = source.annotations[key];
  if (text === undefined || text === "") return [];
  const list = parseJson(text);
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  reportValue(key, text, "is not a JSON list of strings", source);
  return [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reportValue(key: string, value: string, problem: string, { origin, report }: PodAnnotations): void {
  report("kubernetes/invalid-value", { what: `${key} value`, value, problem }, at(origin, key));
}
