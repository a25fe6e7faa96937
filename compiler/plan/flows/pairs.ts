import type { Route } from "../../semantics/evaluator/route.ts";
import { type Choice, type Diagram, type Diagrams, isLeaf } from "../../semantics/symbolic/diagram.ts";
import { LEVELS, type Space } from "../../semantics/symbolic/space.ts";

/** Interfaces that are all alike for these packets, sorted; or the host itself. */
export type End = readonly string[] | "host";

/** Packets from any interface of one class to any of another. */
export interface PairPart {
  readonly from: End;
  readonly to: End;
  /** True for those of the packets; asks for neither of the two interfaces. */
  readonly packets: Diagram<boolean>;
}

/** The packets of the route by where they come from and go to; each packet is in one part at most. */
export function byPair(space: Space, { kind }: Route, packets: Diagram<boolean>): readonly PairPart[] {
  const isSent = kind === "sent" || kind === "sent-to-itself";
  const isForHost = kind === "to-host" || kind === "sent-to-itself";
  const froms = isSent ? hostAlone(packets) : classesOf(space, packets, LEVELS.arrivesBy);
  return froms.flatMap(([coming, from]) => {
    const tos = isForHost ? hostAlone(coming) : classesOf(space, coming, LEVELS.leavesBy);
    return tos
      .filter(([between]) => between !== space.diagrams.no)
      .map(([between, to]) => ({ from, to, packets: between }));
  });
}

type Classes = readonly (readonly [packets: Diagram<boolean>, end: End])[];

function hostAlone(packets: Diagram<boolean>): Classes {
  return [[packets, "host"]];
}

/** The interfaces by what remains of the diagram when the packets have one of them. */
function classesOf(space: Space, packets: Diagram<boolean>, level: number): Classes {
  const classes = new Map<Diagram<boolean>, string[]>();
  for (const [i, name] of space.interfaces.entries()) {
    const rest = restrict(space.diagrams, packets, level, i);
    const names = classes.get(rest);
    if (names === undefined) classes.set(rest, [name]);
    else names.push(name);
  }
  return [...classes];
}

/** The diagram where the variable has that value. */
export function restrict(
  diagrams: Diagrams,
  diagram: Diagram<boolean>,
  level: number,
  value: number,
): Diagram<boolean> {
  return changeAt(diagrams, diagram, level, ({ bounds, parts }) => {
    const index = bounds.findIndex((bound) => value <= bound);
    return parts.at(index)!;
  });
}

/** The diagram with another one in place of each choice by the variable. */
export function changeAt(
  diagrams: Diagrams,
  diagram: Diagram<boolean>,
  level: number,
  change: (choice: Choice<boolean>) => Diagram<boolean>,
): Diagram<boolean> {
  const done = new Map<Diagram<boolean>, Diagram<boolean>>();
  const go = (at: Diagram<boolean>): Diagram<boolean> => {
    if (isLeaf(at) || at.level > level) return at;
    if (at.level === level) return change(at);
    const known = done.get(at);
    if (known !== undefined) return known;
    const made = diagrams.choice(at.level, at.bounds, at.parts.map(go));
    done.set(at, made);
    return made;
  };
  return go(diagram);
}
