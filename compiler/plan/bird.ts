import { type BirdLine, birdItems } from "../backends/bird/items.ts";
import { BIRD_CONF } from "../backends/bird/print.ts";
import type { BirdConfig } from "../dataplane/bird.ts";
import { isChange, type PlaceDiff, type PlannedChange } from "./change.ts";
import { lineItems } from "./lines.ts";
import { reasonOf, resourceOf } from "./reason.ts";

/** Where nothing in the file says more. */
const BGP = "BGP of this node";

/** The statements of `bird.conf` that differ, in the order of the desired file, then those that go. */
export function birdDiffs(
  before: BirdConfig | undefined,
  after: BirdConfig | undefined,
): readonly PlaceDiff[] {
  const items = (config: BirdConfig | undefined) =>
    new Map((config === undefined ? [] : birdItems(config)).map((item) => [item.name, item]));
  const olds = items(before);
  const news = items(after);
  const names = [...news.keys(), ...[...olds.keys()].filter((name) => !news.has(name))];
  return names.flatMap((name): readonly PlaceDiff[] => {
    const was = olds.get(name)?.lines ?? [];
    const is = news.get(name)?.lines ?? [];
    const [old, now] = [was, is].map((lines) => lines.map(({ text }) => text)) as [string[], string[]];
    if (old.join("\n") === now.join("\n")) return [];
    const heading = news.get(name)?.comment || olds.get(name)?.comment || "";
    const place = { artifact: BIRD_CONF, kind: "bird", name } as const;
    const lines = lineItems(place, reasonOf(heading || BGP), old, now);
    return [{ ...place, heading, items: withReasons(lines, [...is, ...was], heading) }];
  });
}

/**
 * A line's own comment names its resource; where only some lines have one and the statement has none, the others are
 * there for the first of them.
 */
function withReasons(
  items: PlaceDiff["items"],
  lines: readonly BirdLine[],
  heading: string,
): PlaceDiff["items"] {
  const comments = new Map(lines.map(({ text, comment }) => [text, comment]));
  const own = (change: PlannedChange) => comments.get(change.lines[0] ?? change.was[0] ?? "") ?? "";
  const named = items
    .filter(isChange)
    .map(own)
    .find((comment) => resourceOf(comment) !== undefined);
  const fallback = resourceOf(heading) === undefined ? (named ?? heading) : heading;
  return items.map((item) => {
    if (!isChange(item)) return item;
    const comment = own(item);
    return { ...item, reason: reasonOf(resourceOf(comment) === undefined ? fallback || BGP : comment) };
  });
}
