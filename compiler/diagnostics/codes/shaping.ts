import { code } from "../diagnostic.ts";

/** What the queueing of a host cannot be told. */
export const SHAPING_CODES = {
  "shaping/unsupported": code<{
    workload: string;
    direction: "to-workload" | "from-workload";
    tool: "tbf" | "police";
  }>({
    severity: "error",
    summary: "Bandwidth limit not supported by the host",
    message: ({ workload, direction, tool }) =>
      `The host's traffic control has no \`${tool}\`, which the ${direction === "to-workload" ? "ingress" : "egress"} bandwidth limit of ${workload} needs. Without it the pod would have no limit in that direction.`,
    hint: () => "Give the host the kernel module, or remove the bandwidth annotation.",
  }),
} as const;
