import type { RateUnit, XtMatch } from "../../dataplane/xtables.ts";
import { DEFAULT_LIMIT_BURST } from "./print-rule.ts";

const SECONDS: Readonly<Record<RateUnit, number>> = { sec: 1, min: 60, hour: 3600, day: 86400 };
const UNITS: readonly RateUnit[] = ["day", "hour", "min", "sec"];

/** The kernel's `XT_LIMIT_SCALE`: a rate is kept as the time for one packet, in ten thousandths of a second. */
const SCALE = 10_000;

/** A rate as configured (`10/minute`, `5/sec`), in the spelling in which the kernel gives it back. */
export function limitMatch(text: string, burst: number): XtMatch {
  const [amount = "", unit = ""] = text.split("/");
  const name = UNITS.find((known) => known.startsWith(unit.slice(0, 1).toLowerCase()) && unit !== "");
  return canonicalLimit(Number(amount), name ?? "sec", burst === 0 ? DEFAULT_LIMIT_BURST : burst);
}

/**
 * The kernel forgets the unit: `60/min` is kept as a period and printed as `1/sec`. This is the tool's own choice
 * (`print_rate` of libxt_limit): from a day downwards, as long as the next smaller unit still describes the period.
 */
export function canonicalLimit(amount: number, unit: RateUnit, burst: number): XtMatch {
  const period = Math.max(1, Math.floor((SCALE * SECONDS[unit]) / amount));
  const tooSmall = UNITS.findIndex((candidate, index) => {
    const span = SCALE * SECONDS[candidate];
    return index > 0 && (period > span || Math.floor(span / period) < span % period);
  });
  const chosen = UNITS.at(tooSmall === -1 ? -1 : tooSmall - 1) ?? "sec";
  return { kind: "limit", amount: Math.floor((SCALE * SECONDS[chosen]) / period), unit: chosen, burst };
}
