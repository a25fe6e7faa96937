import type { Route } from "../evaluator/route.ts";
import { type Diagram, isLeaf } from "./diagram.ts";
import type { Space, View } from "./space.ts";

/** What becomes of a packet on a route. `elsewhere`: packets of such a header do not take it. */
export type Outcome = "allow" | "deny" | "elsewhere";

/** How headers look along a route. */
export interface Views {
  /** Before the destination is translated. */
  readonly original: View;
  /** And afterwards. */
  readonly translated: View;
}

export function viewsOf({ translation }: Route): Views {
  switch (translation.kind) {
    case "none": {
      const only: View = { isBefore: false, destination: undefined };
      return { original: only, translated: only };
    }
    case "others":
      return {
        original: { isBefore: true, destination: undefined },
        translated: { isBefore: false, destination: undefined },
      };
    case "floating":
      return {
        original: { isBefore: false, destination: translation.external },
        translated: { isBefore: false, destination: translation.internal },
      };
  }
}

/** How much of a reading is made into variables, so that it need not be looked into again. */
export type Sealing =
  /** Policies and profiles, and all that one endpoint decides. */
  | "endpoints"
  /** Policies and profiles. */
  | "policies"
  /** Nothing: every packet in full. */
  | "nothing";

/**
 * Goes on from each outcome. Where several outcomes go on alike, the diagram is looked at as one that does not tell
 * them apart: it may then be one that is known. So is each part of a diagram that first asks for an interface.
 */
export function proceed<T, U>(
  space: Space,
  diagram: Diagram<T>,
  next: (outcome: T) => Diagram<U>,
  sealing: Sealing,
): Diagram<U> {
  const { diagrams } = space;
  if (isLeaf(diagram)) return next(diagram.outcome);
  if (sealing === "nothing") return diagrams.continueWith(diagram, next);
  const byInterface = space.partsByInterface(diagram, (part) => proceed(space, part, next, sealing));
  if (byInterface !== undefined) return byInterface;
  const known = space.recognise(diagram);
  if (known !== undefined) return diagrams.continueWith(known, next);
  const merged = diagrams.relabel(diagram, next);
  return diagrams.continueWith(space.recognise(merged) ?? merged, (after) => after);
}
