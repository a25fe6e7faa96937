import { compareMembers, MemberList, MemberRows, memberVersion, type SetMember } from "../ir/member-list.ts";
import {
  type IpSet,
  type IpSetDefinition,
  type IpSetId,
  type IpSetType,
  memberShape,
} from "../ir/node-ir.ts";
import type { IpVersion } from "../net/cidr.ts";
import type { Counters } from "./counters.ts";

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
  readonly #family4: Family;
  readonly #family6: Family;
  /** Whether `#ir` may be out of date: a node asks all of its sets after every change of the cluster. */
  #stale = false;
  #ir: IpSet;

  constructor(request: SetRequest, counters: Counters) {
    this.request = request;
    this.#counters = counters;
    this.#family4 = new Family(4, request.type);
    this.#family6 = new Family(6, request.type);
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

/** So many changes, and more than there are members, do not wait for a reader that may never come. */
const MAX_PENDING = 4096;

class Family {
  #added: SetMember[] = [];
  #removed: SetMember[] = [];
  /** One entry per contribution, so that some may repeat others. */
  #contributions: MemberList;
  /** How many of them repeat another: with none, the members are these and need not be looked through. */
  #repetitions = 0;
  #members: MemberList;

  constructor(version: IpVersion, type: IpSetType) {
    this.#contributions = new MemberList(memberShape(version, type));
    this.#members = this.#contributions;
  }

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

  get members(): MemberList {
    if (this.pending) this.#settle();
    return this.#members;
  }

  /** Looks at the places that change only, and copies what is between them. */
  #settle(): void {
    const before = this.#contributions;
    const rows = new MemberRows(before.shape, before.length + this.#added.length - this.#removed.length);
    let copied = 0;
    let changed = false;
    for (const { member, more } of eachChange(this.#added, this.#removed)) {
      const place = before.placeOf(member, copied);
      const was = before.countAt(place, member);
      const is = was + more;
      rows.copy(before, copied, place);
      for (let i = 0; i < is; i++) rows.add(member);
      if ((was === 0) !== (is === 0)) changed = true;
      this.#repetitions += Math.max(is - 1, 0) - Math.max(was - 1, 0);
      copied = place + was;
    }
    rows.copy(before, copied, before.length);
    this.#added = [];
    this.#removed = [];
    this.#contributions = rows.list();
    if (!changed) return;
    this.#members = this.#repetitions === 0 ? this.#contributions : this.#contributions.withoutRepetitions();
  }
}

interface Change {
  readonly member: SetMember;
  /** How many contributions more than before; below zero: fewer. */
  readonly more: number;
}

/** In the order of the members. What comes and goes at once never was a member. */
function* eachChange(added: SetMember[], removed: SetMember[]): Generator<Change, void> {
  added.sort(compareMembers);
  removed.sort(compareMembers);
  for (let a = 0, r = 0; a < added.length || r < removed.length; ) {
    const [next, gone] = [added[a], removed[r]];
    const isAdded = gone === undefined || (next !== undefined && compareMembers(next, gone) <= 0);
    const member = (isAdded ? next : gone) as SetMember;
    const [afterAdded, afterRemoved] = [endOfRun(added, a, member), endOfRun(removed, r, member)];
    const more = afterAdded - a - (afterRemoved - r);
    if (more !== 0) yield { member, more };
    [a, r] = [afterAdded, afterRemoved];
  }
}

/** Index behind the entries from `start` on that equal the member. */
function endOfRun(sorted: readonly SetMember[], start: number, member: SetMember): number {
  let end = start;
  while (end < sorted.length && compareMembers(sorted[end] as SetMember, member) === 0) end++;
  return end;
}

/** The two lists without what they begin and end with alike. */
function withoutCommonEnds(
  a: readonly SetMember[],
  b: readonly SetMember[],
): readonly [readonly SetMember[], readonly SetMember[]] {
  const shorter = Math.min(a.length, b.length);
  const same = (i: number, j: number) => compareMembers(a[i] as SetMember, b[j] as SetMember) === 0;
  let start = 0;
  while (start < shorter && same(start, start)) start++;
  let end = 0;
  while (end < shorter - start && same(a.length - 1 - end, b.length - 1 - end)) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}
