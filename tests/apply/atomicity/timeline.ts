import type { Burst } from "./stream.ts";

/** Which flows a state of the host lets through, by number. */
export type Verdicts = readonly boolean[];

interface Reign {
  readonly name: string;
  readonly verdicts: Verdicts;
  /** Nanoseconds of the monotonic clock: not in force before. */
  readonly from: number;
  /** Not in force after. */
  to: number;
}

/** How long after it was sent a packet may still be on its way through the host, in nanoseconds. */
const TRANSIT = 100_000_000;

export interface WrongVerdict {
  readonly flow: number;
  readonly arrived: boolean;
  /** Names of the states that may have been in force. */
  readonly states: readonly string[];
}

/** Which states may have decided on a probe, by when it was sent; and what the probes say to that. */
export class Timeline {
  #reigns: Reign[] = [];
  readonly wrong: WrongVerdict[] = [];
  readonly counts = {
    probes: 0,
    /** Sent while a change was under way. */
    during: 0,
    /** Of those, how many old and new decide alike: only these could show a third state. */
    telling: 0,
    allowed: 0,
    denied: 0,
  };

  /** From now on the state may be in force; until `settled`, those before it as well. */
  begins(name: string, verdicts: Verdicts): void {
    this.#reigns.push({ name, verdicts, from: now(), to: Number.POSITIVE_INFINITY });
  }

  /** Only the last state that began is in force. */
  settled(): void {
    const end = now();
    for (const reign of this.#reigns.slice(0, -1)) reign.to = Math.min(reign.to, end);
    // Bursts are told of some seconds after they were sent.
    const old = end - 30e9;
    this.#reigns = this.#reigns.filter(({ to }) => to > old);
  }

  /** The last state that began never came: those before it are in force. */
  failed(): void {
    this.#reigns.pop();
  }

  judge({ first, sent, until, arrived }: Burst): void {
    const states = this.#reigns.filter(({ from, to }) => from <= until + TRANSIT && to >= sent);
    const [one] = states;
    if (one === undefined) throw new Error("a probe from before the first state");
    this.counts.probes += arrived.length;
    if (states.length > 1) this.counts.during += arrived.length;
    for (const [index, isThere] of arrived.entries()) {
      const flow = (first + index) % one.verdicts.length;
      const isOpen = states.some(({ verdicts }) => verdicts[flow] !== one.verdicts[flow]);
      if (states.length > 1 && !isOpen) this.counts.telling++;
      this.counts[isThere ? "allowed" : "denied"]++;
      if (!isOpen && one.verdicts[flow] !== isThere)
        this.wrong.push({ flow, arrived: isThere, states: states.map(({ name }) => name) });
    }
  }
}

function now(): number {
  return Number(process.hrtime.bigint());
}
