import { birdItems } from "../backends/bird/items.ts";
import { BIRD_CONF } from "../backends/bird/print.ts";
import type { BirdConfig } from "../dataplane/bird.ts";
import type { PlaceDiff } from "./change.ts";
import { lineItems } from "./lines.ts";
import { reasonOf } from "./reason.ts";

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
    const was = olds.get(name);
    const is = news.get(name);
    if (was?.lines.join("\n") === is?.lines.join("\n")) return [];
    const heading = is?.comment || was?.comment || "";
    const place = { artifact: BIRD_CONF, kind: "bird", name } as const;
    // What stands there without a word is there for BGP as a whole.
    const reason = reasonOf(heading === "" ? "BGP of this node" : heading);
    return [{ ...place, heading, items: lineItems(place, reason, was?.lines ?? [], is?.lines ?? []) }];
  });
}
