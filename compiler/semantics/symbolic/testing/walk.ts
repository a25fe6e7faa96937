import { type Diagram, isLeaf, type Value } from "../diagram.ts";

/** Where the diagram leads with these values of its variables; throws for a variable that has none. */
export function walk<T>(diagram: Diagram<T>, valueAt: (level: number) => Value | undefined): T {
  let at = diagram;
  while (!isLeaf(at)) {
    const { level, bounds, parts } = at;
    const value = valueAt(level);
    if (value === undefined) throw new Error(`there is no value for the variable ${level}`);
    const index = bounds.findIndex((bound) => value <= bound);
    at = index < 0 ? parts[parts.length - 1]! : parts[index]!;
  }
  return at.outcome;
}

/** The diagram and all its parts, each once. */
export function partsOf<T>(diagram: Diagram<T>): readonly Diagram<T>[] {
  const found = new Set<Diagram<T>>();
  const go = (at: Diagram<T>): void => {
    if (found.has(at)) return;
    found.add(at);
    if (!isLeaf(at)) at.parts.forEach(go);
  };
  go(diagram);
  return [...found];
}
