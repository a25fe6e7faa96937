import type { Profile } from "../ir/cluster-model.ts";
import type { LabelClass } from "./label-classes.ts";
import { LabelIndex } from "./label-index.ts";

/** One list of profiles, in its order, as endpoints name it: what they inherit. Lists form a trie of names. */
export class ProfileList {
  readonly parent: ProfileList | undefined;
  readonly name: string;
  readonly children = new Map<string, ProfileList>();
  /** Classes of the endpoints with exactly this list, by their projected own labels. */
  readonly classes = new Map<string, LabelClass>();
  /** Labels of the profiles; of two that set the same label the earlier wins. */
  labels: ReadonlyMap<string, string> = new Map();

  constructor(parent: ProfileList | undefined, name: string) {
    this.parent = parent;
    this.name = name;
  }

  get names(): readonly string[] {
    return this.parent === undefined ? [] : [...this.parent.names, this.name];
  }
}

/** All lists of profiles that endpoints name, with their inherited labels (Calico: labels follow list order). */
export class ProfileLists {
  readonly #root = new ProfileList(undefined, "");
  readonly #byProfile = new Map<string, Set<ProfileList>>();
  readonly #byLabel = new LabelIndex<ProfileList>();
  readonly #lookup: (profile: string) => Profile | undefined;
  readonly #unnamed: (profile: string) => void;

  /** @param unnamed is told of each profile that no list names any more */
  constructor(lookup: (profile: string) => Profile | undefined, unnamed: (profile: string) => void) {
    this.#lookup = lookup;
    this.#unnamed = unnamed;
  }

  get(profiles: readonly string[]): ProfileList {
    let list = this.#root;
    for (const name of profiles) {
      let child = list.children.get(name);
      if (child === undefined) {
        child = new ProfileList(list, name);
        list.children.set(name, child);
        this.#enter(child);
      }
      list = child;
    }
    return list;
  }

  /** Lists that name the profile. */
  naming(profile: string): Iterable<ProfileList> {
    return this.#byProfile.get(profile) ?? [];
  }

  /** Lists that pass on the label, with one of the values if any are given. */
  passingOn(label: string, values: readonly string[] | undefined): readonly ProfileList[] {
    return this.#byLabel.sets(label, values).flatMap((lists) => [...lists]);
  }

  /** Reads the labels of its profiles anew. */
  relabel(list: ProfileList): void {
    for (const [label, value] of list.labels) this.#byLabel.delete(label, value, list);
    const labels = new Map<string, string>();
    for (const name of list.names)
      for (const [label, value] of Object.entries(this.#lookup(name)?.labelsToApply ?? {}))
        if (!labels.has(label)) labels.set(label, value);
    list.labels = labels;
    for (const [label, value] of labels) this.#byLabel.add(label, value, list);
  }

  /** Forgets the list, and those it begins with, where no class needs them any more. */
  release(list: ProfileList): void {
    for (let at: ProfileList | undefined = list; at?.parent !== undefined; at = at.parent) {
      if (at.classes.size > 0 || at.children.size > 0) return;
      at.parent.children.delete(at.name);
      for (const name of new Set(at.names)) {
        const lists = this.#byProfile.get(name);
        lists?.delete(at);
        if (lists === undefined || lists.size > 0) continue;
        this.#byProfile.delete(name);
        this.#unnamed(name);
      }
      for (const [label, value] of at.labels) this.#byLabel.delete(label, value, at);
    }
  }

  #enter(list: ProfileList): void {
    for (const name of list.names) {
      const lists = this.#byProfile.get(name);
      if (lists === undefined) this.#byProfile.set(name, new Set([list]));
      else lists.add(list);
    }
    this.relabel(list);
  }
}
