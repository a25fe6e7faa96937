import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { ServiceSlice } from "../../ir/cluster-model.ts";
import { parseHostIp } from "../../net/ip.ts";
import { protocolNumber } from "../../net/protocols.ts";
import { defineKind, type Resource } from "../kind.ts";
import { enumOf, strings } from "../schema.ts";

const lenient = { additionalProperties: true };

const bodySchema = Type.Object({
  addressType: enumOf(["IPv4", "IPv6", "FQDN"]),
  endpoints: Type.Optional(
    Type.Array(
      Type.Object(
        {
          addresses: strings(),
          nodeName: Type.Optional(Type.String()),
          conditions: Type.Optional(Type.Object({ ready: Type.Optional(Type.Boolean()) }, lenient)),
        },
        lenient,
      ),
    ),
  ),
  ports: Type.Optional(
    Type.Array(
      Type.Object(
        {
          name: Type.Optional(Type.String()),
          protocol: Type.Optional(enumOf(["TCP", "UDP", "SCTP"])),
          port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
        },
        lenient,
      ),
    ),
  ),
});

type Slice = Resource<Static<typeof bodySchema>>;

const SERVICE_LABEL = "kubernetes.io/service-name";

function validate({ body, origin }: Slice, report: Report): void {
  if (body.addressType === "FQDN") return;
  for (const [i, { addresses }] of (body.endpoints ?? []).entries()) {
    for (const [j, text] of addresses.entries()) {
      if (parseHostIp(text) !== undefined) continue;
      const problem = "is not an IP address of a host";
      const params = { what: "endpoint address", value: text, problem };
      report("kubernetes/invalid-value", params, at(origin, "endpoints", i, "addresses", j));
    }
  }
}

/** A slice without the label belongs to no service, so no rule can mean it. Host names are no addresses. */
function lower({ metadata, body, origin }: Slice): readonly ServiceSlice[] {
  const { namespace, name, labels } = metadata;
  const service = labels[SERVICE_LABEL] ?? "";
  if (service === "") return [];
  return [
    {
      kind: "service-slice",
      key: `${namespace}/${name}`,
      origin,
      source: "inventory",
      namespace,
      name,
      service,
      addressType: body.addressType,
      endpoints: (body.endpoints ?? []).map(({ addresses, conditions, nodeName }) => ({
        addresses: addresses.flatMap((text) => parseHostIp(text) ?? []),
        ready: conditions?.ready ?? true,
        node: nodeName,
      })),
      ports: (body.ports ?? []).map(({ name: port = "", protocol = "TCP", port: number }) => ({
        name: port,
        protocol: protocolNumber(protocol) ?? 6,
        port: number,
      })),
    },
  ];
}

export const endpointSlice = defineKind<Static<typeof bodySchema>>({
  apiVersions: ["discovery.k8s.io/v1"],
  kind: "EndpointSlice",
  plural: "endpointslices",
  aliases: [],
  scope: "namespaced",
  source: "inventory",
  schema: bodySchema,
  validate,
  lower,
});
