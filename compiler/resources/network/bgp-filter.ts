import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { BgpFilter, BgpFilterOperation, BgpFilterRule } from "../../ir/bgp-model.ts";
import { type IpVersion, maxLength, parseCidr } from "../../net/cidr.ts";
import { defineKind, type Resource } from "../kind.ts";
import { enumOf, intOrString } from "../schema.ts";
import { parseAsNumber } from "./as-number.ts";
import { communityOf, parseCommunity } from "./community.ts";
import { CALICO_API_VERSIONS, checkCidr, PRIORITY, present } from "./values.ts";

const COMMUNITY = Type.String({ maxLength: 32 });

function ruleSchema(version: IpVersion) {
  const length = Type.Optional(Type.Integer({ minimum: 0, maximum: maxLength(version) }));
  return Type.Object({
    cidr: Type.Optional(Type.String({ maxLength: version === 4 ? 18 : 43 })),
    matchOperator: Type.Optional(enumOf(["Equal", "NotEqual", "In", "NotIn"])),
    prefixLength: Type.Optional(Type.Object({ min: length, max: length })),
    source: Type.Optional(enumOf(["RemotePeers"])),
    interface: Type.Optional(
      Type.String({
        pattern: "^([a-zA-Z0-9_.*-]{1,15})?$",
        title: "an interface name or pattern of at most 15 characters",
      }),
    ),
    peerType: Type.Optional(enumOf(["eBGP", "iBGP"])),
    communities: Type.Optional(Type.Object({ values: Type.Array(COMMUNITY, { minItems: 1, maxItems: 1 }) })),
    asPathPrefix: Type.Optional(Type.Array(intOrString())),
    priority: Type.Optional(PRIORITY),
    action: enumOf(["Accept", "Reject"]),
    operations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            addCommunity: Type.Optional(Type.Object({ value: COMMUNITY })),
            prependASPath: Type.Optional(
              Type.Object({ prefix: Type.Array(intOrString(), { minItems: 1, maxItems: 10 }) }),
            ),
            setPriority: Type.Optional(Type.Object({ value: PRIORITY })),
          },
          { minProperties: 1, maxProperties: 1 },
        ),
        { minItems: 1, maxItems: 10 },
      ),
    ),
  });
}
type Rule = Static<ReturnType<typeof ruleSchema>>;

const RULES_4 = Type.Optional(Type.Array(ruleSchema(4)));
const RULES_6 = Type.Optional(Type.Array(ruleSchema(6)));

/** Sheet "BGPFilter". */
const bgpFilterSchema = Type.Object({
  spec: Type.Object({ exportV4: RULES_4, importV4: RULES_4, exportV6: RULES_6, importV6: RULES_6 }),
});
type BgpFilterBody = Static<typeof bgpFilterSchema>;

const LISTS = [
  { field: "exportV4", version: 4 },
  { field: "importV4", version: 4 },
  { field: "exportV6", version: 6 },
  { field: "importV6", version: 6 },
] as const;

function validate({ body, origin }: Resource<BgpFilterBody>, report: Report): void {
  for (const { field, version } of LISTS)
    for (const [index, rule] of (body.spec[field] ?? []).entries())
      validateRule(rule, version, at(origin, "spec", field, index), report);
}

function validateRule(rule: Rule, version: IpVersion, here: Origin, report: Report): void {
  const { cidr, matchOperator, prefixLength, operations = [] } = rule;
  if (cidr) checkCidr(cidr, { version, strict: true }, at(here, "cidr"), report);
  if (Boolean(cidr) !== (matchOperator !== undefined))
    report(
      "bgp/filter-conflict",
      {
        reason: "cidr and matchOperator must both be set or both be empty",
        hint: cidr
          ? "matchOperator: In matches the network and everything inside it."
          : "Add the cidr to compare with.",
      },
      at(here, cidr ? "cidr" : "matchOperator"),
    );
  if (prefixLength !== undefined && !cidr)
    report(
      "bgp/filter-conflict",
      {
        reason: "cidr is required when prefixLength is set",
        hint: "Every prefix: cidr 0.0.0.0/0 or ::/0 with In.",
      },
      at(here, "prefixLength"),
    );
  const { min, max } = prefixLength ?? {};
  if (min !== undefined && max !== undefined && min > max)
    report(
      "bgp/filter-conflict",
      {
        reason: `prefixLength has min ${min} above max ${max}, which no prefix satisfies`,
        hint: "Swap them.",
      },
      at(here, "prefixLength"),
    );
  if (operations.length > 0 && rule.action === "Reject")
    report(
      "bgp/filter-conflict",
      {
        reason: "operations may only be used with action Accept",
        hint: "A rejected route has nothing to change.",
      },
      at(here, "operations"),
    );
  for (const [index, value] of (rule.communities?.values ?? []).entries())
    checkCommunity(value, at(here, "communities", "values", index), report);
  checkAsNumbers(rule.asPathPrefix, at(here, "asPathPrefix"), report);
  for (const [index, { addCommunity, prependASPath }] of operations.entries()) {
    const operation = at(here, "operations", index);
    if (addCommunity !== undefined)
      checkCommunity(addCommunity.value, at(operation, "addCommunity", "value"), report);
    checkAsNumbers(prependASPath?.prefix, at(operation, "prependASPath", "prefix"), report);
  }
}

function checkCommunity(value: string, origin: Origin, report: Report): void {
  const parsed = parseCommunity(value);
  if (!parsed.ok) report("bgp/invalid-community", { value, reason: parsed.reason }, origin);
}

function checkAsNumbers(
  values: readonly (number | string)[] | undefined,
  origin: Origin,
  report: Report,
): void {
  for (const [index, value] of (values ?? []).entries())
    if (parseAsNumber(value) === undefined) report("bgp/invalid-as-number", { value }, at(origin, index));
}

function asNumbersIn(values: readonly (number | string)[] | undefined): readonly number[] {
  return (values ?? []).flatMap((value) => parseAsNumber(value) ?? []);
}

function lowerRule(rule: Rule, version: IpVersion, origin: Origin): BgpFilterRule {
  const cidr = rule.cidr ? parseCidr(rule.cidr) : undefined;
  const [community] = rule.communities?.values ?? [];
  return {
    action: rule.action === "Accept" ? "accept" : "reject",
    cidr,
    matchOperator: cidr === undefined ? undefined : rule.matchOperator,
    prefixLength:
      rule.prefixLength === undefined || cidr === undefined
        ? undefined
        : {
            min: rule.prefixLength.min ?? cidr.length,
            max: rule.prefixLength.max ?? maxLength(version),
          },
    remotePeersOnly: rule.source === "RemotePeers",
    interfaceGlob: present(rule.interface),
    peerType: rule.peerType,
    community: community === undefined ? undefined : communityOf(community),
    asPathPrefix: asNumbersIn(rule.asPathPrefix),
    priority: rule.priority,
    operations: (rule.operations ?? []).flatMap(lowerOperation),
    origin,
  };
}

function lowerOperation(operation: NonNullable<Rule["operations"]>[number]): readonly BgpFilterOperation[] {
  const { addCommunity, prependASPath, setPriority } = operation;
  const community = addCommunity === undefined ? undefined : communityOf(addCommunity.value);
  return [
    ...(community === undefined ? [] : [{ kind: "add-community" as const, community }]),
    ...(prependASPath === undefined
      ? []
      : [{ kind: "prepend-as-path" as const, asNumbers: asNumbersIn(prependASPath.prefix) }]),
    ...(setPriority === undefined ? [] : [{ kind: "set-priority" as const, priority: setPriority.value }]),
  ];
}

function lower({ body: { spec }, metadata, origin }: Resource<BgpFilterBody>): readonly BgpFilter[] {
  const rules = (field: keyof BgpFilterBody["spec"], version: IpVersion) =>
    (spec[field] ?? []).map((rule, index) => lowerRule(rule, version, at(origin, "spec", field, index)));
  return [
    {
      kind: "bgp-filter",
      key: metadata.name,
      origin,
      source: "policy",
      name: metadata.name,
      importV4: rules("importV4", 4),
      exportV4: rules("exportV4", 4),
      importV6: rules("importV6", 6),
      exportV6: rules("exportV6", 6),
    },
  ];
}

export const bgpFilter = defineKind<BgpFilterBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "BGPFilter",
  plural: "bgpfilters",
  aliases: ["bgpf", "bf"],
  scope: "cluster",
  source: "policy",
  schema: bgpFilterSchema,
  validate,
  lower,
});
