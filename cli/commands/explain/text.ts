import type { Explanation, NodeExplanation, StagedTrace } from "../../../compiler/index.ts";
import { askedLines, headerWords, pointLines, ruleLines } from "./trace-text.ts";

const SAID = { allow: "ALLOWED", deny: "DENIED" } as const;

/** The verdict first; then, node by node, what led to it. */
export function explanationText({ from, to, verdict, nodes, notes }: Explanation): string {
  const parts = nodes.map((node, i) => nodeText(node, nodes.slice(0, i)));
  return [`${from} → ${to}: ${SAID[verdict]}`, ...notes.map(noteLine), ...parts, ""].join("\n");
}

function nodeText(
  { node, packet, resources, staged, files, notes }: NodeExplanation,
  before: readonly NodeExplanation[],
): string {
  const denying = before.find((each) => each.resources.verdict === "deny");
  const supposed = denying === undefined ? "" : `, if ${denying.node} had let the packet through`;
  return [
    "",
    `node ${node}: ${SAID[resources.verdict]}${supposed}`,
    `  ${headerWords(packet)}`,
    ...notes.map(noteLine),
    "",
    "  by the resources:",
    ...pointLines(resources.points),
    ...(staged === null ? [] : stagedLines(staged)),
    "",
    "  by the emitted rules:",
    ...ruleLines(files.rules),
  ].join("\n");
}

function stagedLines({ policies, ifEnforced }: StagedTrace): readonly string[] {
  return [
    "",
    "  staged policies, evaluated and not enforced:",
    ...policies.flatMap((policy) => {
      const [head = "", ...more] = askedLines(policy);
      const unreached = policy.isReached ? "" : ", but an earlier policy decides";
      return [`    at ${policy.point} of ${policy.endpoint}, ${head.trim()}${unreached}`, ...more];
    }),
    `    enforced, they would leave the packet ${SAID[ifEnforced.verdict]}: ${ifEnforced.words}`,
  ];
}

function noteLine(note: string): string {
  return `  note: ${note}`;
}

/** What must never be: one line for each node whose files do something else than the resources say. */
export function disagreements({ nodes }: Pick<Explanation, "nodes">): string {
  return nodes
    .filter(({ agreed }) => !agreed)
    .map(
      ({ node, resources, files }) =>
        `calicoctl: INTERNAL ERROR: on node ${node} the resources ${resources.verdict} the packet, and the emitted rules ${files.verdict} it. ` +
        "This is a defect of this program: report it with the resources, and do not apply the files.\n",
    )
    .join("");
}
