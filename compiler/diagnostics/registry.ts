import { BGP_CODES } from "./codes/bgp.ts";
import { ENGINE_CODES } from "./codes/engine.ts";
import { IPTABLES_CODES } from "./codes/iptables.ts";
import { KUBERNETES_CODES } from "./codes/kubernetes.ts";
import { NETWORK_CODES } from "./codes/network.ts";
import { POLICY_CODES } from "./codes/policy.ts";
import { RESOURCE_CODES } from "./codes/resource.ts";
import { ROUTING_CODES } from "./codes/routing.ts";
import { SELECTOR_CODES } from "./codes/selector.ts";
import { SHAPING_CODES } from "./codes/shaping.ts";
import { SYNTAX_CODES } from "./codes/syntax.ts";
import type { CodeSpec } from "./diagnostic.ts";

/** Every code of the compiler, by stable name. Codes are documented and never change their meaning. */
export const REGISTRY = {
  ...SYNTAX_CODES,
  ...RESOURCE_CODES,
  ...SELECTOR_CODES,
  ...KUBERNETES_CODES,
  ...POLICY_CODES,
  ...NETWORK_CODES,
  ...ENGINE_CODES,
  ...ROUTING_CODES,
  ...BGP_CODES,
  ...IPTABLES_CODES,
  ...SHAPING_CODES,
} as const;

export type Code = keyof typeof REGISTRY;
export type ParamsOf<C extends Code> = (typeof REGISTRY)[C] extends CodeSpec<infer P> ? P : never;
