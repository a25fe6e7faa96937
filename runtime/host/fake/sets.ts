import type { ToolResult } from "../run.ts";
import { contentLines, done, Refusal, refused } from "./words.ts";

interface FakeSet {
  readonly type: string;
  readonly options: string;
  readonly maxElements: number;
  readonly members: Set<string>;
}

/** The kernel's IP sets: what `ipset restore` makes of them and `ipset save` prints. */
export class FakeSets {
  readonly #sets = new Map<string, FakeSet>();
  readonly #isUsed: (set: string) => boolean;

  constructor(isUsed: (set: string) => boolean) {
    this.#isUsed = isUsed;
  }

  copyFrom(other: FakeSets): void {
    for (const [name, set] of other.#sets) this.#sets.set(name, { ...set, members: new Set(set.members) });
  }

  has(name: string): boolean {
    return this.#sets.has(name);
  }

  /** Stops at the first line that fails; what came before it stays done. */
  restore(input: string): ToolResult {
    for (const [line, number] of contentLines(input)) {
      try {
        this.#do(line);
      } catch (cause) {
        if (cause instanceof Refusal) return refused(`ipset: Error in line ${number}: ${cause.message}`);
        throw cause;
      }
    }
    return done();
  }

  save(): string {
    return [...this.#sets]
      .flatMap(([name, { type, options, members }]) => [
        `create ${name} ${type} ${options}`,
        ...[...members].map((member) => `add ${name} ${member}`),
      ])
      .map((line) => `${line}\n`)
      .join("");
  }

  #do(line: string): void {
    const [command, name = "", what = "", ...options] = line.split(/\s+/);
    const tolerant = options.includes("-exist");
    if (command === "create") {
      if (this.#sets.has(name))
        throw new Refusal("Set cannot be created: set with the same name already exists");
      if (name.length > 31) throw new Refusal("set name is too long");
      const limit = Number(options[options.indexOf("maxelem") + 1] ?? 65536);
      this.#sets.set(name, {
        type: what,
        options: options.join(" "),
        maxElements: limit,
        members: new Set(),
      });
      return;
    }
    const set = this.#sets.get(name);
    if (set === undefined) throw new Refusal("The set with the given name does not exist");
    switch (command) {
      case "add":
        if (set.members.has(what) && !tolerant)
          throw new Refusal("Element cannot be added: it's already added");
        if (set.members.size >= set.maxElements) throw new Refusal("Hash is full, cannot add more elements");
        set.members.add(what);
        return;
      case "del":
        if (!set.members.delete(what) && !tolerant)
          throw new Refusal("Element cannot be deleted: it's not added");
        return;
      case "destroy":
        if (this.#isUsed(name))
          throw new Refusal("Set cannot be destroyed: it is in use by a kernel component");
        this.#sets.delete(name);
        return;
      case "swap": {
        const other = this.#sets.get(what);
        if (other?.type !== set.type) throw new Refusal("Sets cannot be swapped: types are different");
        this.#sets.set(name, other).set(what, set);
        return;
      }
      default:
        throw new Refusal(`unknown command ${command}`);
    }
  }
}
