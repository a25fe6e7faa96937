/** Seconds in each unit of Go's `time.ParseDuration`. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Seconds of a Go duration (`90s`, `1m30s`, `1.5h`, `0`): what Kubernetes' `Duration` accepts. A number without a
 * unit is none, except zero; neither are negative durations, which no field of Calico allows.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  let seconds = 0;
  let position = 0;
  while (position < text.length) {
    PART.lastIndex = position;
    const part = PART.exec(text);
    if (part === null) return undefined;
    seconds += Number(part[1]) * UNITS[part[2]!]!;
    position = PART.lastIndex;
  }
  // Sums of decimal fractions carry binary noise; a nanosecond is the finest that Go knows.
  return position === 0 ? undefined : Math.round(seconds * 1e9) / 1e9;
}
