import type { Community } from "../../ir/bgp-model.ts";

/** Which community a text is, or why it is none, in the words of Calico's own validation. */
export type ParsedCommunity =
  | { readonly ok: true; readonly community: Community }
  | { readonly ok: false; readonly reason: "format" | "16 bit" | "32 bit" };

const LITERAL = /^\d+(?::\d+){1,2}$/;

/** `aa:nn` with 16 bits each, or the large form `aa:nn:mm` with 32 bits each. */
export function parseCommunity(text: string): ParsedCommunity {
  if (!LITERAL.test(text)) return { ok: false, reason: "format" };
  const [a, b, c] = text.split(":").map(Number);
  if (a === undefined || b === undefined) return { ok: false, reason: "format" };
  if (c === undefined)
    return Math.max(a, b) > 0xffff
      ? { ok: false, reason: "16 bit" }
      : { ok: true, community: { kind: "standard", value: [a, b] } };
  return Math.max(a, b, c) > 0xffffffff
    ? { ok: false, reason: "32 bit" }
    : { ok: true, community: { kind: "large", value: [a, b, c] } };
}

/** The community of a text, where validation has said what is wrong with the others. */
export function communityOf(text: string): Community | undefined {
  const parsed = parseCommunity(text);
  return parsed.ok ? parsed.community : undefined;
}
