import { REGISTRY } from "./registry.ts";

/** The reference page of all codes, by area and name: Markdown. */
export function diagnosticsReference(): string {
  const codes = Object.entries(REGISTRY).sort(([a], [b]) => (a < b ? -1 : 1));
  const areas = Map.groupBy(codes, ([code]) => code.split("/")[0] ?? "");
  const sections = [...areas].map(([area, entries]) => {
    const rows = entries.map(([code, { severity, summary }]) => `| \`${code}\` | ${severity} | ${summary} |`);
    return [`## ${area}`, "", "| code | severity | what it says |", "|---|---|---|", ...rows, ""].join("\n");
  });
  return [
    "# Diagnostics",
    "",
    "Every finding has a stable code. An error keeps a node, or the whole input, from being compiled; a warning says",
    "that something probably does not do what it seems to; an info says what was left out. Written by `npm run docs`.",
    "",
    ...sections,
  ].join("\n");
}
