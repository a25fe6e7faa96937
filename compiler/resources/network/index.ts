import type { KindDefinition } from "../kind.ts";

export const NETWORK_KINDS: readonly KindDefinition[] = [];
