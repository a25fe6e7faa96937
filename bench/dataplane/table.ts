import type { Figures } from "./testbed.ts";
import type { Cost } from "./walk.ts";

/** One line of the table: a variant with a number of policies, against the same path with no rules. */
export interface Row {
  readonly variant: "nft" | "legacy";
  readonly policies: number;
  /** Medians over the rounds of this row's figure divided by the bare path's of the same round. */
  readonly ratios: Figures;
  readonly established: Cost;
  readonly fresh: Cost;
}

export interface Report {
  /** The path with no rules, medians over the rounds. */
  readonly bare: Figures;
  readonly rows: readonly Row[];
}

const HEADER = [
  "rules",
  "policies",
  "packets/s",
  "round trip p50",
  "round trip p99",
  "connections/s",
  "established: rules",
  "set lookups",
  "new: rules",
  "set lookups",
];

/** The table of `docs/performance.md`, with the markers that it stands between. */
export function printTable({ bare, rows }: Report): string {
  const lines = [
    HEADER,
    HEADER.map((_, i) => (i === 0 ? "---" : "--:")),
    [
      "none",
      "–",
      `1 (${(bare.packets / 1000).toFixed(0)}k/s)`,
      `1 (${(bare.p50 / 1000).toFixed(0)} µs)`,
      `1 (${(bare.p99 / 1000).toFixed(0)} µs)`,
      `1 (${(bare.connections / 1000).toFixed(1)}k/s)`,
      ...["0", "0", "0", "0"],
    ],
    ...rows.map(({ variant, policies, ratios, established, fresh }) => [
      variant,
      policies.toLocaleString("en"),
      ...[ratios.packets, ratios.p50, ratios.p99, ratios.connections].map((ratio) =>
        ratio.toFixed(ratio < 0.1 ? 3 : 2),
      ),
      ...[established.rules, established.lookups, fresh.rules, fresh.lookups].map((n) =>
        n.toLocaleString("en"),
      ),
    ]),
  ];
  return [
    "<!-- npm run bench:dataplane -->",
    ...lines.map((cells) => `| ${cells.join(" | ")} |`),
    "<!-- end -->",
  ].join("\n");
}
