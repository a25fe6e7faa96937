import { code } from "../diagnostic.ts";

export const SYNTAX_CODES = {
  "syntax/yaml": code<{ reason: string; hint?: string }>({
    severity: "error",
    summary: "Invalid YAML or JSON",
    message: ({ reason }) => `This is not valid YAML: ${reason}.`,
    hint: ({ hint }) => hint,
  }),
  "syntax/duplicate-key": code<{ key: string }>({
    severity: "error",
    summary: "Duplicate mapping key",
    message: ({ key }) =>
      `The key ${JSON.stringify(key)} occurs twice in this mapping, so one of its values would be lost.`,
    hint: () => "Remove one of them, or merge their contents.",
  }),
  "syntax/alias": code<{ anchor: string; problem: string }>({
    severity: "error",
    summary: "Alias refused",
    message: ({ anchor, problem }) => `The alias *${anchor} ${problem}.`,
    hint: () => "Write the value out where it is used.",
  }),
  "syntax/nesting": code<{ limit: number }>({
    severity: "error",
    summary: "Nesting too deep",
    message: ({ limit }) => `Mappings and lists are nested more than ${limit} levels deep.`,
    hint: () => "No resource needs that depth; look for an unclosed bracket.",
  }),
  "syntax/too-large": code<{ megabytes: number; limit: number }>({
    severity: "error",
    summary: "File too large",
    message: ({ megabytes, limit }) => `The file has ${megabytes} MB; the limit is ${limit} MB.`,
    hint: () => "Split it into several files.",
  }),
} as const;
