import type { ToolResult } from "../run.ts";
import { contentLines, done, refused, wordsOf } from "./words.ts";

/** What `tc` holds on the devices of a machine, and prints it as iproute2 6.1 does. */
export class FakeShaping {
  /** Device and place (`root`, `ingress`) → what `tc qdisc show` prints after the device. */
  readonly #qdiscs = new Map<string, string>();
  /** Device → what `tc filter show` prints of its ingress. */
  readonly #filters = new Map<string, string>();
  readonly #hasDevice: (name: string) => boolean;

  constructor(hasDevice: (name: string) => boolean) {
    this.#hasDevice = hasDevice;
  }

  copyFrom(other: FakeShaping): void {
    for (const [place, text] of other.#qdiscs) this.#qdiscs.set(place, text);
    for (const [dev, text] of other.#filters) this.#filters.set(dev, text);
  }

  /** A device takes what stands on it with it. */
  forgetRemoved(): void {
    for (const place of this.#qdiscs.keys())
      if (!this.#hasDevice(place.split(" ")[0] ?? "")) this.#qdiscs.delete(place);
    for (const dev of this.#filters.keys()) if (!this.#hasDevice(dev)) this.#filters.delete(dev);
  }

  run(args: readonly string[], input: string): ToolResult {
    if (args[0] !== "-batch") return done(this.#show(args));
    let answer = "";
    for (const [line, number] of contentLines(input)) {
      const words = wordsOf(line);
      const failure = words[1] === "show" ? undefined : this.#do(words);
      if (failure !== undefined) return refused(`Error: ${failure}.\nCommand failed -:${number}`);
      if (words[1] === "show") answer += this.#show(words);
    }
    return done(answer);
  }

  /** `qdisc show`, `qdisc show dev X`, `filter show dev X ingress`. */
  #show([object, , , dev]: readonly string[]): string {
    if (object === "filter") return this.#filters.get(dev ?? "") ?? "";
    return [...this.#qdiscs]
      .map(([place, text]) => ({ of: place.split(" ")[0] ?? "", place, text }))
      .filter(({ of }) => this.#hasDevice(of) && (dev === undefined || of === dev))
      .map(({ of, place, text }) =>
        place.endsWith(" root")
          ? `qdisc tbf 1: dev ${of} root refcnt 2 ${text}\n`
          : `qdisc ingress ffff: dev ${of} parent ffff:fff1 ---------------- \n`,
      )
      .join("");
  }

  /** Why the kernel refuses the line; `undefined` = it is done. */
  #do([object, verb, , dev = "", place = "", ...rest]: readonly string[]): string | undefined {
    if (!this.#hasDevice(dev)) return `Cannot find device "${dev}"`;
    const key = `${dev} ${place}`;
    if (verb === "del") {
      if (place === "ingress") this.#filters.delete(dev);
      return this.#qdiscs.delete(key) ? undefined : "Cannot find specified qdisc on specified device";
    }
    const text = printed(rest);
    if (object === "filter") {
      if (!this.#qdiscs.has(key)) return "Parent Qdisc doesn't exists";
      const head = "filter protocol all pref 49152 matchall chain 0";
      const [rate = "", burst = "", ...more] = text.split(/ (?=burst|peakrate|mtu|conform)/);
      const peak = more.find((part) => part.startsWith("peakrate")) ?? "";
      const mtu = more.find((part) => part.startsWith("mtu")) ?? "mtu 2Kb";
      const police = `\taction order 1:  police 0x1 ${rate.slice(rate.indexOf("rate"))} ${burst} ${mtu} ${peak} action drop overhead 0b`;
      this.#filters.set(dev, `${head} \n${head} handle 0x1 \n  not_in_hw\n${police} \n\tref 1 bind 1\n\n`);
      return undefined;
    }
    if (this.#qdiscs.has(key)) return "Exclusivity flag on, cannot modify";
    this.#qdiscs.set(key, text.slice(text.indexOf("rate")).replace(/ latency (\S+)(.*)$/, "$2 lat $1"));
    return undefined;
  }
}

/** Numbers as `tc` prints them: `rate 1500000bit` becomes `rate 1500Kbit`. */
function printed(words: readonly string[]): string {
  return words
    .map((word) => {
      const bits = /^(\d+)bit$/.exec(word)?.[1];
      return bits === undefined ? word : printedRate(Math.floor(Number(bits) / 8) * 8);
    })
    .join(" ");
}

function printedRate(bits: number): string {
  let value = bits;
  let unit = 0;
  while (unit < 4 && value >= 1000 && !(value % 1000 !== 0 && value < 1_000_000)) {
    value = Math.floor(value / 1000);
    unit++;
  }
  return `${value}${["", "K", "M", "G", "T"][unit]}bit`;
}
