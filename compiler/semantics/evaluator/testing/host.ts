import type { ModelObject } from "../../../ir/cluster-model.ts";
import { DEFAULT_FELIX_SETTINGS, type FelixSettings } from "../../../ir/felix-config.ts";
import * as make from "../../../ir/testing/objects.ts";
import { Host } from "../host.ts";
import { modelOf } from "./cluster.ts";

/** The node that the host of a test is. */
export const NODE = "n1";

/** That node, with 172.16.1.11 and fd16::11 on `eth0`. */
export const OWN_NODE = make.node(NODE, {
  bgp: { ...make.speaker("172.16.1.11/24"), ipv6: { ip: make.ip("fd16::11"), length: 64 } },
  interfaces: [{ name: "eth0", addresses: ["172.16.1.11", "fd16::11"].map((text) => address(text)) }],
});

function address(text: string) {
  return { ip: make.ip(text), length: text.includes(":") ? 128 : 32 };
}

/** The node's host in a cluster of these objects, with Felix's defaults but for what is given. */
export function hostOf(objects: readonly ModelObject[], settings: Partial<FelixSettings> = {}): Host {
  return new Host(modelOf(...objects), { ...DEFAULT_FELIX_SETTINGS, ...settings }, NODE);
}
