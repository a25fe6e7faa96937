import { type Static, Type } from "@sinclair/typebox";
import { RESOURCE_NAME } from "../../names.ts";
import { enumOf, intOrString, stringMap, strings } from "../../schema.ts";

const MAX_SELECTOR = 1024;
const MAX_NETS = 256;
const MAX_PORTS = 50;
const MAX_HTTP = 20;
const MAX_HTTP_PATH = 1024;
const MAX_NAME = 253;

/** A selector where Calico limits its length. */
export const selectorSchema = Type.String({ maxLength: MAX_SELECTOR });

const nets = strings({ maxItems: MAX_NETS, uniqueItems: true });
/** Numbers, ranges "1000:2000" and names: see `port.ts`. */
const ports = Type.Array(intOrString(), { maxItems: MAX_PORTS });

/** One side of a rule: resources.md §2.2. */
const entityRuleSchema = Type.Object({
  nets: Type.Optional(nets),
  notNets: Type.Optional(nets),
  selector: Type.Optional(selectorSchema),
  notSelector: Type.Optional(selectorSchema),
  namespaceSelector: Type.Optional(selectorSchema),
  ports: Type.Optional(ports),
  notPorts: Type.Optional(ports),
  serviceAccounts: Type.Optional(
    Type.Object({
      names: Type.Optional(strings({ uniqueItems: true })),
      selector: Type.Optional(Type.String()),
    }),
  ),
  services: Type.Optional(
    Type.Object({
      name: Type.Optional(Type.String({ ...RESOURCE_NAME, maxLength: MAX_NAME })),
      namespace: Type.Optional(Type.String({ ...RESOURCE_NAME, maxLength: MAX_NAME })),
    }),
  ),
});

const icmpSchema = Type.Object({
  type: Type.Optional(Type.Integer({ minimum: 0, maximum: 254 })),
  code: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
});

const httpPathSchema = Type.Object({
  exact: Type.Optional(Type.String({ maxLength: MAX_HTTP_PATH })),
  prefix: Type.Optional(Type.String({ maxLength: MAX_HTTP_PATH })),
});

/** resources.md §2.1. */
const ruleSchema = Type.Object({
  action: enumOf(["Allow", "Deny", "Log", "Pass"]),
  ipVersion: Type.Optional(Type.Unsafe<4 | 6>({ type: "integer", enum: [4, 6] })),
  protocol: Type.Optional(intOrString()),
  notProtocol: Type.Optional(intOrString()),
  icmp: Type.Optional(icmpSchema),
  notICMP: Type.Optional(icmpSchema),
  source: Type.Optional(entityRuleSchema),
  destination: Type.Optional(entityRuleSchema),
  http: Type.Optional(
    Type.Object({
      methods: Type.Optional(strings({ maxItems: MAX_HTTP })),
      paths: Type.Optional(Type.Array(httpPathSchema, { maxItems: MAX_HTTP })),
    }),
  ),
  metadata: Type.Optional(Type.Object({ annotations: Type.Optional(stringMap()) })),
});

/** The rules of one direction. */
export const rulesSchema = Type.Array(ruleSchema, { maxItems: 1024 });

export type Rule = Static<typeof ruleSchema>;
export type EntityRule = Static<typeof entityRuleSchema>;
