import { Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { SecretRef } from "../../ir/bgp-model.ts";
import type { InterfaceAddress } from "../../ir/cluster-model.ts";
import { type Cidr, formatCidr, type Ip, type IpVersion, isStrictCidr, parseCidr } from "../../net/cidr.ts";
import { parseHostIp } from "../../net/ip.ts";
import type { Selector } from "../../syntax/selector/ast.ts";
import { parseSelector } from "../../syntax/selector/parse.ts";
import type { Resource } from "../kind.ts";
import { parseDuration } from "./duration.ts";

/** Both storage forms of Calico's own kinds. */
export const CALICO_API_VERSIONS = ["projectcalico.org/v3", "crd.projectcalico.org/v1"] as const;

export const SELECTOR = Type.String({ maxLength: 1024, title: "a selector of at most 1024 characters" });
export const PRIORITY = Type.Integer({ minimum: 1, maximum: 2147483646 });

/** Names a secret by reference; nothing in the compiler ever holds a secret's value. */
export const SECRET = Type.Object({
  secretKeyRef: Type.Optional(
    Type.Object({
      name: Type.Optional(Type.String()),
      key: Type.String(),
      optional: Type.Optional(Type.Boolean()),
    }),
  ),
});

export function secretOf(
  secret: { readonly secretKeyRef?: { readonly name?: string; readonly key: string } } | undefined,
): SecretRef | undefined {
  const ref = secret?.secretKeyRef;
  return ref === undefined ? undefined : { namespace: "", name: ref.name ?? "", key: ref.key };
}

/** Calico reads an empty text as an absent field. */
export function present(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** A selector that `checkSelector` has passed; `undefined` when absent, empty or broken. */
export function selectorIn(text: string | undefined): Selector | undefined {
  if (text === undefined || text === "") return undefined;
  const parsed = parseSelector(text);
  return parsed.ok ? parsed.selector : undefined;
}

export function checkSelector(text: string | undefined, origin: Origin, report: Report): void {
  if (text === undefined) return;
  const parsed = parseSelector(text);
  if (!parsed.ok) report("selector/invalid", { reason: parsed.reason }, origin, { span: parsed.span });
}

/** A bare address has the network of its own length; host bits are kept in `ip`. */
export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const network = parseCidr(text);
  const ip = parseHostIp(text.split("/", 1)[0] ?? "");
  return network === undefined || ip === undefined || ip.version !== network.version
    ? undefined
    : { ip, length: network.length };
}

export function ipIn(text: string | undefined, version?: IpVersion): Ip | undefined {
  const ip = text === undefined ? undefined : parseHostIp(text);
  return ip === undefined || (version !== undefined && ip.version !== version) ? undefined : ip;
}

export function secondsIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

/** The networks of a list that passed its checks, without the broken ones. */
export function cidrsIn(texts: readonly string[] | undefined): readonly Cidr[] {
  return (texts ?? []).flatMap((text) => parseCidr(text) ?? []);
}

function familyName(version: IpVersion | undefined): string {
  return version === undefined ? "IP" : `IPv${version}`;
}

export function checkIp(
  text: string | undefined,
  version: IpVersion | undefined,
  origin: Origin,
  report: Report,
): void {
  if (text === undefined || text === "" || ipIn(text, version) !== undefined) return;
  report("network/invalid-address", { value: text, family: familyName(version) }, origin);
}

export function checkInterfaceAddress(
  text: string | undefined,
  version: IpVersion | undefined,
  origin: Origin,
  report: Report,
): void {
  if (text === undefined || text === "") return;
  const address = parseInterfaceAddress(text);
  if (address !== undefined && (version === undefined || address.ip.version === version)) return;
  report("network/invalid-address", { value: text, family: familyName(version) }, origin);
}

/** What a network may look like in a field. */
export interface CidrRules {
  readonly version?: IpVersion;
  /** Host bits are an error rather than cut off. */
  readonly strict?: true;
  /** A bare address stands for its own network. */
  readonly bare?: true;
}

/** The parsed network, or `undefined` after a finding. */
export function checkCidr(text: string, rules: CidrRules, origin: Origin, report: Report): Cidr | undefined {
  const cidr = rules.bare === true || text.includes("/") ? parseCidr(text) : undefined;
  if (cidr === undefined || (rules.version !== undefined && cidr.version !== rules.version)) {
    report("network/invalid-cidr", { value: text, family: familyName(rules.version) }, origin);
    return undefined;
  }
  if (rules.strict === true && text.includes("/") && !isStrictCidr(text)) {
    const masked = formatCidr(cidr);
    report("network/unmasked-cidr", { value: text, masked }, origin, {
      fix: { description: `Write ${masked}`, replacement: masked },
    });
    return undefined;
  }
  return cidr;
}

export function checkDuration(text: string | undefined, origin: Origin, report: Report): void {
  if (text !== undefined && parseDuration(text) === undefined)
    report("network/invalid-duration", { value: text }, origin);
}

/** Repetitions in a list that Calico treats as a set. */
export function checkSet(values: readonly string[] | undefined, origin: Origin, report: Report): void {
  const seen = new Set<string>();
  for (const [index, value] of (values ?? []).entries()) {
    if (seen.has(value)) report("network/duplicate-value", { value }, at(origin, index));
    seen.add(value);
  }
}

/** Kinds of which a cluster has one object, by the name that Calico reads. */
export function checkSingleton(resource: Resource, title: string, report: Report): void {
  const { name } = resource.metadata;
  if (name !== "default")
    report("network/singleton-name", { title, name }, at(resource.origin, "metadata", "name"));
}
