import type { IpSet, IpSetDefinition, IpSetId, IpSetType, SetMember } from "../ir/node-ir.ts";
import type { Counters } from "./counters.ts";
import { compareMembers, memberVersion, sameMembers, withoutRepetitions } from "./members.ts";

/** What a rule needs: enough to make the set. */
export interface SetRequest {
  readonly id: IpSetId;
  readonly type: IpSetType;
  readonly definition: IpSetDefinition;
}

/**
 * The members of one set. A member stays until everything that brought it has gone; changes wait until somebody
 * asks, and `ir` is the same object until its content differs.
 */
export class MemberSet {
  readonly request: SetRequest;
  readonly #counters: Counters;
  readonly #family4 = new Family();
  readonly #family6 = new Family();
  /** Whether `#ir` may be out of date: a node asks all of its sets after every change of the cluster. */
  #stale = false;
  #ir: IpSet;

  constructor(request: SetRequest, counters: Counters) {
    this.request = request;
    this.#counters = counters;
    this.#ir = { ...request, members4: this.#family4.members, members6: this.#family6.members };
  }

  add(members: readonly SetMember[]): void {
    this.#counters.membersChanged += members.length;
    for (const member of members) this.#family(member).add(member);
  }

  remove(members: readonly SetMember[]): void {
    this.#counters.membersChanged += members.length;
    for (const member of members) this.#family(member).remove(member);
  }

  /** As `add` and `remove`, for lists that are mostly the same: one entry edited in a million. */
  replace(before: readonly SetMember[], after: readonly SetMember[]): void {
    const [removed, added] = withoutCommonEnds(before, after);
    this.add(added);
    this.remove(removed);
  }

  get ir(): IpSet {
    if (!this.#stale) return this.#ir;
    this.#stale = false;
    if (this.#family4.pending || this.#family6.pending) this.#counters.setsTouched++;
    const members4 = this.#family4.members;
    const members6 = this.#family6.members;
    if (members4 !== this.#ir.members4 || members6 !== this.#ir.members6)
      this.#ir = { ...this.request, members4, members6 };
    return this.#ir;
  }

  #family(member: SetMember): Family {
    this.#stale = true;
    return memberVersion(member) === 4 ? this.#family4 : this.#family6;
  }
}

/** From how many changes on one pass over all members is cheaper than a search for each. */
const MERGE_FROM = 16;
/** So many changes, and more than there are members, do not wait for a reader that may never come. */
const MAX_PENDING = 4096;

class Family {
  #added: SetMember[] = [];
  #removed: SetMember[] = [];
  /** Sorted, with one entry per contribution. */
  #contributions: readonly SetMember[] = [];
  /** How many of them repeat another. */
  #repetitions = 0;
  #members: readonly SetMember[] = this.#contributions;

  get pending(): boolean {
    return this.#added.length > 0 || this.#removed.length > 0;
  }

  add(member: SetMember): void {
    this.#added.push(member);
  }

  remove(member: SetMember): void {
    this.#removed.push(member);
    if (this.#removed.length > MAX_PENDING + this.#contributions.length) this.#settle();
  }

  get members(): readonly SetMember[] {
    if (this.pending) this.#settle();
    return this.#members;
  }

  #settle(): void {
    const added = this.#added;
    const removed = this.#removed;
    this.#added = [];
    this.#removed = [];
    if (added.length + removed.length < MERGE_FROM) this.#edit(added, removed);
    else this.#merge(added.sort(compareMembers), removed.sort(compareMembers));
  }

  #merge(added: readonly SetMember[], removed: readonly SetMember[]): void {
    this.#contributions = mergeSorted(this.#contributions, added, removed);
    const members = withoutRepetitions(this.#contributions);
    this.#repetitions = this.#contributions.length - members.length;
    if (!sameMembers(members, this.#members)) this.#members = members;
  }

  /** Looks at the places that change only, apart from one copy. */
  #edit(added: SetMember[], removed: readonly SetMember[]): void {
    const edited = this.#contributions.slice();
    let changed = false;
    for (const member of removed) {
      // What comes and goes at once never was a member.
      const again = added.findIndex((other) => compareMembers(other, member) === 0);
      if (again >= 0) {
        added.splice(again, 1);
        continue;
      }
      const at = lowerBound(edited, member);
      if (isAt(edited, at + 1, member)) this.#repetitions--;
      else changed = true;
      edited.splice(at, 1);
    }
    for (const member of added) {
      const at = lowerBound(edited, member);
      if (isAt(edited, at, member)) this.#repetitions++;
      else changed = true;
      edited.splice(at, 0, member);
    }
    this.#contributions = edited;
    if (changed) this.#members = this.#repetitions === 0 ? edited : withoutRepetitions(edited);
  }
}

function isAt(sorted: readonly SetMember[], at: number, member: SetMember): boolean {
  const found = sorted[at];
  return found !== undefined && compareMembers(found, member) === 0;
}

/** The two lists without what they begin and end with alike. */
function withoutCommonEnds(
  a: readonly SetMember[],
  b: readonly SetMember[],
): readonly [readonly SetMember[], readonly SetMember[]] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && isAt(a, start, b[start] as SetMember)) start++;
  let end = 0;
  while (end < shorter - start && isAt(a, a.length - 1 - end, b[b.length - 1 - end] as SetMember)) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

/** One pass; whatever is removed occurs among `base` and `added`. */
function mergeSorted(
  base: readonly SetMember[],
  added: readonly SetMember[],
  removed: readonly SetMember[],
): readonly SetMember[] {
  const result: SetMember[] = [];
  let i = 0;
  let j = 0;
  let r = 0;
  while (i < base.length || j < added.length) {
    const left = base[i];
    const right = added[j];
    const takeLeft = right === undefined || (left !== undefined && compareMembers(left, right) <= 0);
    const next = (takeLeft ? left : right) as SetMember;
    if (takeLeft) i++;
    else j++;
    const gone = removed[r];
    if (gone !== undefined && compareMembers(gone, next) === 0) r++;
    else result.push(next);
  }
  return result;
}

/** Index of the first entry that is not below `member`. */
function lowerBound(sorted: readonly SetMember[], member: SetMember): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareMembers(sorted[middle] as SetMember, member) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
