import type { Report } from "../../../diagnostics/bag.ts";
import { at, type Origin } from "../../../diagnostics/diagnostic.ts";
import type { ParameterValues } from "./parameters.ts";
import { items } from "./types.ts";

interface Beyond {
  readonly parameter: keyof ParameterValues;
  readonly asked: (values: ParameterValues) => boolean;
  readonly feature: string;
  readonly instead: string;
}

/** What Felix itself takes for a sign of OpenStack (`OpenstackActive` in felix/config/config_params.go). */
const OPENSTACK = {
  feature: "OpenStack's exceptions",
  instead: "DHCP, DNS and metadata requests of virtual machines to their host are not let through",
};
const FLOW_LOGS = { feature: "flow logs", instead: "no rule reports what it decides" };

const BEYOND: readonly Beyond[] = [
  {
    parameter: "bpfEnabled",
    asked: ({ bpfEnabled }) => bpfEnabled === true,
    feature: "the eBPF dataplane",
    instead: "policies become rules of iptables",
  },
  {
    parameter: "nftablesMode",
    asked: ({ nftablesMode }) => nftablesMode === "Enabled",
    feature: "rules of nftables",
    instead: "policies become rules of iptables, and no nftables… parameter is read",
  },
  {
    parameter: "istioAmbientMode",
    asked: ({ istioAmbientMode }) => istioAmbientMode === "Enabled",
    feature: "Istio's ambient mode",
    instead: "connections of the mesh are not marked",
  },
  {
    parameter: "flowLogsGoldmaneServer",
    asked: ({ flowLogsGoldmaneServer = "" }) => flowLogsGoldmaneServer !== "",
    ...FLOW_LOGS,
  },
  {
    parameter: "flowLogsLocalReporter",
    asked: ({ flowLogsLocalReporter }) => flowLogsLocalReporter === "Enabled",
    ...FLOW_LOGS,
  },
  {
    parameter: "interfacePrefix",
    asked: ({ interfacePrefix = "" }) => items(interfacePrefix).includes("tap"),
    ...OPENSTACK,
  },
  {
    parameter: "metadataAddr",
    asked: ({ metadataAddr = "" }) => metadataAddr !== "" && metadataAddr !== "127.0.0.1",
    ...OPENSTACK,
  },
  {
    parameter: "metadataPort",
    asked: ({ metadataPort = 0 }) => metadataPort !== 0 && metadataPort !== 8775,
    ...OPENSTACK,
  },
];

/** Parameters by which Felix would make of a host what this compiler does not: accepting them in silence misleads. */
export function reportNotCompiled(values: ParameterValues, here: Origin, report: Report): void {
  for (const { parameter, asked, feature, instead } of BEYOND)
    if (asked(values)) report("felix/not-compiled", { parameter, feature, instead }, at(here, parameter));
}
