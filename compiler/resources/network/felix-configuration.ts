import { Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { FelixConfig } from "../../ir/felix-config.ts";
import type { PortRange } from "../../net/cidr.ts";
import { defineKind, type Resource } from "../kind.ts";
import { reportNotCompiled } from "./felix/not-compiled.ts";
import { PARAMETER_SCHEMAS, type ParameterValues } from "./felix/parameters.ts";
import { type FelixBody, readParameters } from "./felix/read.ts";
import { lowerSettings } from "./felix/settings.ts";
import { CALICO_API_VERSIONS, checkSelector, SELECTOR, selectorIn } from "./values.ts";

/** Sheet "FelixConfiguration"; its parameters are in `felix/`. */
const felixConfigurationSchema = Type.Object({
  spec: Type.Optional(Type.Object({ nodeSelector: Type.Optional(SELECTOR), ...PARAMETER_SCHEMAS })),
});

/** accept, pass, drop, and two for intermediate results (sheet "Mark bits"). */
const NEEDED_MARK_BITS = 5;
const SCTP = 132;
const MAX_TABLE = 0xffffffff;
const MAX_TABLES = 65535;

function validate(resource: Resource<FelixBody>, report: Report): void {
  const { metadata, origin, body } = resource;
  const here = at(origin, "spec");
  const nodeSelector = body.spec?.nodeSelector;
  const named = metadata.name === "default" || metadata.name.startsWith("node.");
  if (named && nodeSelector !== undefined)
    report("felix/node-selector-forbidden", { name: metadata.name }, at(here, "nodeSelector"));
  if (!named && !nodeSelector)
    report("felix/node-selector-missing", { name: metadata.name }, at(origin, "metadata", "name"));
  checkSelector(nodeSelector, at(here, "nodeSelector"), report);
  const values = readParameters(resource, report);
  validateMarkMask(values.iptablesMarkMask, at(here, "iptablesMarkMask"), report);
  validateTables(values, here, report);
  reportNotCompiled(values, here, report);
  for (const field of ["failsafeInboundHostPorts", "failsafeOutboundHostPorts"] as const)
    if (values[field]?.some(({ protocol }) => protocol === SCTP))
      report("felix/failsafe-sctp", {}, at(here, field));
}

function validateMarkMask(mask: number | undefined, here: Origin, report: Report): void {
  if (mask === undefined) return;
  const bits = [...mask.toString(2)].filter((bit) => bit === "1").length;
  if (bits < NEEDED_MARK_BITS) report("felix/mark-bits", { bits, needed: NEEDED_MARK_BITS }, here);
  else if (bits === NEEDED_MARK_BITS) report("felix/mark-bits-scarce", { bits }, here);
}

function validateTables(
  { routeTableRange, routeTableRanges }: ParameterValues,
  here: Origin,
  report: Report,
): void {
  if (routeTableRange !== undefined && routeTableRanges !== undefined)
    report(
      "felix/route-table-ranges",
      {
        reason: "routeTableRange and routeTableRanges cannot both be set",
        hint: "Keep routeTableRanges; the other is deprecated.",
      },
      at(here, "routeTableRange"),
    );
  const [old] = routeTableRange ?? [];
  if (old !== undefined && !(old.first >= 1 && old.first <= old.last && old.last <= 250))
    report(
      "felix/route-table-ranges",
      { reason: "must be a range of route table indices within 1..250", hint: "The default is 1 to 250." },
      at(here, "routeTableRange"),
    );
  let tables = 0;
  for (const [index, range] of (routeTableRanges ?? []).entries()) {
    const reason = tableProblem(range);
    if (reason !== undefined)
      report(
        "felix/route-table-ranges",
        { reason, hint: "Tables are numbered from 1; the kernel uses 253 to 255 itself." },
        at(here, "routeTableRanges", index),
      );
    tables += Math.max(0, range.last - range.first + 1);
  }
  if (tables > MAX_TABLES)
    report(
      "felix/route-table-ranges",
      {
        reason: `targets too many tables: ${tables}, where ${MAX_TABLES} are allowed`,
        hint: "Shorten the ranges.",
      },
      at(here, "routeTableRanges"),
    );
}

function tableProblem({ first, last }: PortRange): string | undefined {
  if (first < 1) return "min must be >= 1";
  if (first > last) return "min must not be greater than max";
  return last > MAX_TABLE ? "max index too high" : undefined;
}

/** Validation has reported what the parameters have wrong. */
const silent: Report = () => {};

function lower(resource: Resource<FelixBody>): readonly FelixConfig[] {
  const { metadata, origin, body } = resource;
  return [
    {
      kind: "felix-config",
      key: metadata.name,
      origin,
      source: "policy",
      name: metadata.name,
      nodeSelector: selectorIn(body.spec?.nodeSelector),
      creationTimestamp: metadata.creationTimestamp,
      settings: lowerSettings(readParameters(resource, silent)),
    },
  ];
}

export const felixConfiguration = defineKind<FelixBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "FelixConfiguration",
  plural: "felixconfigurations",
  aliases: ["felixconfig", "felixconfigs"],
  scope: "cluster",
  source: "policy",
  schema: felixConfigurationSchema,
  validate,
  lower,
});
