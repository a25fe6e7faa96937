import type { KindDefinition } from "../kind.ts";

export const POLICY_KINDS: readonly KindDefinition[] = [];
