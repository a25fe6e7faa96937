import { changesOf, type PlaceDiff, type PlannedChange } from "../../../compiler/index.ts";

/** Without what the host is not changed for. */
export function enforced(places: readonly PlaceDiff[]): readonly PlaceDiff[] {
  const counts = (change: PlannedChange): boolean =>
    change.inFilesOnly !== true &&
    !isTolerated(change) &&
    !(change.kind === "peer" && change.op === "remove");
  return places
    .map((place) => ({
      ...place,
      items: place.items.filter((item) => item.op === "same" || counts(item)),
    }))
    .filter((place) => changesOf([place]).length > 0);
}

/** The kernel at hand may lack it. */
function isTolerated({ kind, lines }: PlannedChange): boolean {
  return kind === "settings" && lines[0]?.startsWith("-") === true;
}
