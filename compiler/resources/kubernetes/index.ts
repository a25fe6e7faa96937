import type { KindDefinition } from "../kind.ts";

export const KUBERNETES_KINDS: readonly KindDefinition[] = [];
