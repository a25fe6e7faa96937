import {
  DEFAULT_BURST,
  DEFAULT_PACKET_BURST,
  type QosControls,
  type QosDirection,
} from "../../ir/endpoint-model.ts";
import { parseDscp } from "../kubernetes/dscp.ts";
import type { WorkloadEndpointSpec } from "./workload-schema.ts";

export function lowerQos(qos: WorkloadEndpointSpec["qosControls"] = {}): QosControls {
  const dscp = qos.dscp === undefined ? undefined : parseDscp(String(qos.dscp));
  return {
    ingress: lowerQosDirection({
      bandwidth: qos.ingressBandwidth,
      burst: qos.ingressBurst,
      peakrate: qos.ingressPeakrate,
      minburst: qos.ingressMinburst,
      packetRate: qos.ingressPacketRate,
      packetBurst: qos.ingressPacketBurst,
      maxConnections: qos.ingressMaxConnections,
    }),
    egress: lowerQosDirection({
      bandwidth: qos.egressBandwidth,
      burst: qos.egressBurst,
      peakrate: qos.egressPeakrate,
      minburst: qos.egressMinburst,
      packetRate: qos.egressPacketRate,
      packetBurst: qos.egressPacketBurst,
      maxConnections: qos.egressMaxConnections,
    }),
    ...(dscp === undefined ? {} : { dscp }),
  };
}

/** 0 is Go's "not set"; a burst means nothing without its rate, and has a default with it. */
function lowerQosDirection(
  values: {
    readonly [K in keyof QosDirection]-?: number | undefined;
  },
): QosDirection {
  const { bandwidth, burst, peakrate, minburst, packetRate, packetBurst, maxConnections } = values;
  return {
    ...(bandwidth ? { bandwidth, burst: burst || DEFAULT_BURST } : {}),
    ...(bandwidth && peakrate ? { peakrate } : {}),
    ...(bandwidth && peakrate && minburst ? { minburst } : {}),
    ...(packetRate ? { packetRate, packetBurst: packetBurst || DEFAULT_PACKET_BURST } : {}),
    ...(maxConnections ? { maxConnections } : {}),
  };
}
