import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { Service } from "../../ir/cluster-model.ts";
import type { Ip } from "../../net/cidr.ts";
import { parseHostIp } from "../../net/ip.ts";
import { defineKind, type Resource } from "../kind.ts";
import { enumOf, strings } from "../schema.ts";

const lenient = { additionalProperties: true };

const bodySchema = Type.Object({
  spec: Type.Optional(
    Type.Object(
      {
        type: Type.Optional(enumOf(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])),
        clusterIP: Type.Optional(Type.String()),
        clusterIPs: Type.Optional(strings()),
        externalIPs: Type.Optional(strings()),
        loadBalancerIP: Type.Optional(Type.String()),
        externalTrafficPolicy: Type.Optional(enumOf(["Cluster", "Local", ""])),
        ipFamilies: Type.Optional(Type.Array(enumOf(["IPv4", "IPv6"]))),
      },
      lenient,
    ),
  ),
  status: Type.Optional(
    Type.Object(
      {
        loadBalancer: Type.Optional(
          Type.Object(
            {
              ingress: Type.Optional(Type.Array(Type.Object({ ip: Type.Optional(Type.String()) }, lenient))),
            },
            lenient,
          ),
        ),
      },
      lenient,
    ),
  ),
});

type ServiceResource = Resource<Static<typeof bodySchema>>;

/** Every address of a service with its place: "None" (headless) and "" are no addresses. */
function addressTexts({ spec = {}, status }: ServiceResource["body"]) {
  const list = (field: "clusterIPs" | "externalIPs") =>
    (spec[field] ?? []).map((text, i) => ({ text, path: ["spec", field, i] }));
  const one = (field: "clusterIP" | "loadBalancerIP") => [{ text: spec[field] ?? "", path: ["spec", field] }];
  const written = (
    found: readonly { readonly text: string; readonly path: readonly (string | number)[] }[],
  ) => found.filter(({ text }) => text !== "" && text !== "None");
  const clusterIps = written(list("clusterIPs"));
  return {
    clusterIps: clusterIps.length > 0 ? clusterIps : written(one("clusterIP")),
    externalIps: written(list("externalIPs")),
    wantedLoadBalancerIp: written(one("loadBalancerIP")),
    loadBalancerIps: written(
      (status?.loadBalancer?.ingress ?? []).map(({ ip = "" }, i) => ({
        text: ip,
        path: ["status", "loadBalancer", "ingress", i, "ip"],
      })),
    ),
  };
}

function validate({ body, origin }: ServiceResource, report: Report): void {
  for (const { text, path } of Object.values(addressTexts(body)).flat()) {
    if (parseHostIp(text) !== undefined) continue;
    const problem = "is not an IP address of a host";
    report(
      "kubernetes/invalid-value",
      { what: "service address", value: text, problem },
      at(origin, ...path),
    );
  }
}

function lower({ metadata: { namespace, name }, body, origin }: ServiceResource): readonly Service[] {
  const { type = "ClusterIP", externalTrafficPolicy, ipFamilies = [] } = body.spec ?? {};
  const texts = addressTexts(body);
  return [
    {
      kind: "service",
      key: `${namespace}/${name}`,
      origin,
      source: "inventory",
      namespace,
      name,
      type,
      clusterIps: parseAll(texts.clusterIps),
      externalIps: parseAll(texts.externalIps),
      loadBalancerIps: parseAll(texts.loadBalancerIps),
      wantedLoadBalancerIp: parseAll(texts.wantedLoadBalancerIp)[0],
      externalTrafficPolicy: externalTrafficPolicy === "Local" ? "Local" : "Cluster",
      ipFamilies,
    },
  ];
}

/** Without repetitions. */
function parseAll(found: readonly { readonly text: string }[]): readonly Ip[] {
  return [...new Set(found.map(({ text }) => text))].flatMap((text) => parseHostIp(text) ?? []);
}

export const service = defineKind<Static<typeof bodySchema>>({
  apiVersions: ["v1"],
  kind: "Service",
  plural: "services",
  aliases: ["svc"],
  scope: "namespaced",
  source: "inventory",
  schema: bodySchema,
  validate,
  lower,
});
