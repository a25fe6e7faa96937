import { dropUnreachableRules } from "./drop-unreachable-rules.ts";
import type { Pass } from "./pass.ts";

/** Every pass, in the order in which they run. */
export const PASSES: readonly Pass[] = [dropUnreachableRules];
