import type { Shaper } from "../../dataplane/shaping.ts";

/** The kernel counts time in ticks of 64 ns (`/proc/net/psched`), and `tc` sizes in what passes in so many ticks. */
const TICKS_PER_SECOND = 15_625_000;
const KILO = 1000;
const MEBI = 1024 * 1024;

/**
 * Whether what is there is what is wanted, as far as `tc` lets one see it: rates to the digits that it prints, sizes
 * to what it rounds and what the kernel's ticks cannot tell apart. The latency is the same in all of ours.
 */
export function isSameLimit(wanted: Shaper, there: Shaper): boolean {
  return (
    printedRate(wanted.rate) === printedRate(there.rate) &&
    isSameSize(wanted.burst, there.burst, wanted.rate) &&
    (wanted.peak === undefined
      ? there.peak === undefined
      : there.peak !== undefined &&
        printedRate(wanted.peak.rate) === printedRate(there.peak.rate) &&
        isSameSize(wanted.peak.minburst, there.peak.minburst, wanted.peak.rate))
  );
}

/** Bits per second, as left after `tc` has printed them: whole bytes, and at least four digits (`1234Kbit`). */
export function printedRate(rate: number): number {
  let value = Math.floor(rate / 8) * 8;
  let unit = 1;
  while (unit < KILO ** 4 && value >= KILO && (value % KILO === 0 || value >= KILO * KILO)) {
    value = Math.floor(value / KILO);
    unit *= KILO;
  }
  return value * unit;
}

/** Bytes; `tc` prints sizes near whole KiB or MiB as these. */
function isSameSize(wanted: number, there: number, rate: number): boolean {
  const ticks = 1 + rate / 8 / TICKS_PER_SECOND;
  const printed = wanted >= MEBI ? 1024 : 16;
  return Math.abs(wanted - there) <= ticks + printed;
}
