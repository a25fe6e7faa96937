import { UserError } from "../../output/errors.ts";
import type { ApplyRequest } from "./run.ts";

/** The two commands that are called `apply`. */
export type Meaning =
  | { readonly kind: "resources" }
  /** `path`: of a plan or a bundle. */
  | { readonly kind: "host"; readonly path: string };

const MEANINGS =
  "'apply -f RESOURCES' writes resources to the datastore; 'apply PLAN' and 'apply BUNDLE' make this host enforce what was planned, or compiled, for it";

/** Options that promise something of a host, which a write to the datastore would not keep. */
const OF_HOST = {
  node: "--node",
  acceptWindow: "--accept-window",
  exact: "--exact",
  replan: "--replan",
  cut: "--cut",
  confirmTimeout: "--confirm-timeout",
} as const;

/** Which one is meant; throws `UserError`, which explains the two, where that is not clear. */
export function meaningOf(
  path: string | undefined,
  request: ApplyRequest & { readonly filename?: readonly string[] },
): Meaning {
  if (request.filename === undefined) {
    if (path === undefined) throw new UserError(`say what to apply: ${MEANINGS}`);
    return { kind: "host", path };
  }
  if (path !== undefined) throw new UserError(`give only one of ${path} and -f: ${MEANINGS}`);
  const names = Object.keys(OF_HOST) as readonly (keyof typeof OF_HOST)[];
  const misplaced = names.find((name) => request[name] !== undefined);
  if (misplaced !== undefined)
    throw new UserError(`${OF_HOST[misplaced]} is for a plan or a bundle, and not for -f: ${MEANINGS}`);
  return { kind: "resources" };
}
