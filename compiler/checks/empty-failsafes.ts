import { at } from "../diagnostics/diagnostic.ts";
import type { Check } from "./check.ts";

/** The last way into a host whose policy is wrong. Only endpoints of hosts make it matter. */
export const emptyFailsafes: Check = (model, report) => {
  for (const { settings, origin } of model.all("felix-config").values()) {
    if (settings.failsafeInbound?.length === 0)
      report(
        "felix/failsafe-empty",
        { parameter: "failsafeInboundHostPorts" },
        at(origin, "spec", "failsafeInboundHostPorts"),
      );
    if (settings.failsafeOutbound?.length === 0)
      report(
        "felix/failsafe-empty",
        { parameter: "failsafeOutboundHostPorts" },
        at(origin, "spec", "failsafeOutboundHostPorts"),
      );
  }
};
