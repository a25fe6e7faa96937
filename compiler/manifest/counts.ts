import type { Artifact } from "../backends/backend.ts";
import type { NodeIr } from "../ir/node-ir.ts";

/** The size of what was compiled, counted in the files themselves where a file says it. */
export interface BundleCounts {
  readonly workloads: number;
  readonly hostEndpoints: number;
  readonly policies: number;
  /** Rules of both IP versions, in all tables. */
  readonly rules: number;
  readonly sets: number;
  readonly members: number;
  readonly routes: number;
  readonly peers: number;
}

const LINES: Record<
  "rules" | "sets" | "members" | "routes",
  { readonly files: RegExp; readonly line: RegExp }
> = {
  rules: { files: /^ip6?tables\.restore$/, line: /^-[AI] /gm },
  sets: { files: /^ipset\.restore$/, line: /^create /gm },
  members: { files: /^ipset\.restore$/, line: /^add /gm },
  routes: { files: /^ip6?\.batch$/, line: /^(?:-6 )?route /gm },
};

export function countArtifacts(ir: NodeIr, artifacts: readonly Artifact[]): BundleCounts {
  const count = ({ files, line }: (typeof LINES)[keyof typeof LINES]) =>
    artifacts
      .filter(({ path }) => files.test(path))
      .reduce((sum, { text }) => sum + (text.match(line)?.length ?? 0), 0);
  return {
    workloads: ir.workloads.length,
    hostEndpoints: ir.hostEndpoints.length,
    policies: ir.policies.length,
    rules: count(LINES.rules),
    sets: count(LINES.sets),
    members: count(LINES.members),
    routes: count(LINES.routes),
    peers: ir.bgp.peers.length,
  };
}
