import { code } from "../diagnostic.ts";

export const SELECTOR_CODES = {
  "selector/invalid": code<{ reason: string }>({
    severity: "error",
    summary: "Invalid selector",
    message: ({ reason }) => `The selector does not parse: ${reason}.`,
    hint: () => "Selectors look like: app == 'web' && has(tier) && env in {'prod', 'test'}",
  }),
} as const;
