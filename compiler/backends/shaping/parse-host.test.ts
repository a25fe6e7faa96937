import { describe, expect, test } from "vitest";
import type { Shaper } from "../../dataplane/shaping.ts";
import { makeIr } from "../iptables/testing.ts";
import { policerQueries, readShaping } from "./parse-host.ts";
import { isSameLimit, printedRate } from "./same-limit.ts";

const { ownership } = makeIr({}).routing;

/** As `tc` of iproute2 6.1 prints what the batch asked for. */
const QDISCS = `qdisc noqueue 0: dev lo root refcnt 2 
qdisc tbf 1: dev cali1 root refcnt 3 rate 1Mbit burst 10000b lat 25ms 
qdisc ingress ffff: dev cali1 parent ffff:fff1 ---------------- 
qdisc tbf 1: dev cali2 root refcnt 3 rate 1234Kbit burst 12344b peakrate 7654Kbit minburst 1513b lat 25ms 
qdisc tbf 8001: dev cali3 root refcnt 3 rate 1Mbit burst 10000b lat 25ms 
qdisc ingress ffff: dev cali3 parent ffff:fff1 ---------------- 
qdisc ingress ffff: dev cali4 parent ffff:fff1 ---------------- 
qdisc tbf 1: dev eth0 root refcnt 3 rate 1Mbit burst 10000b lat 25ms 
qdisc ingress ffff: dev eth0 parent ffff:fff1 ---------------- 
`;
/** As print_police of iproute2 6.1 has it, and another's filter. */
const FILTERS = `qdisc ingress ffff: dev cali1 parent ffff:fff1 ---------------- 
filter protocol all pref 49152 matchall chain 0 
filter protocol all pref 49152 matchall chain 0 handle 0x1 
  not_in_hw
\taction order 1:  police 0x1 rate 2Mbit burst 10001b mtu 1514b peakrate 4Mbit action drop overhead 0b 
\tref 1 bind 1 

qdisc ingress ffff: dev cali3 parent ffff:fff1 ---------------- 
filter protocol all pref 49152 u32 chain 0 
filter protocol all pref 49152 u32 chain 0 fh 800: ht divisor 1 
qdisc ingress ffff: dev cali4 parent ffff:fff1 ---------------- 
`;

describe("what tc says of an interface", () => {
  test("ours are the bucket with our handle and the ingress that polices everything, or nothing yet", () => {
    expect(policerQueries(QDISCS, ownership)).toEqual([
      "qdisc show dev cali1",
      "filter show dev cali1 ingress",
      "qdisc show dev cali3",
      "filter show dev cali3 ingress",
      "qdisc show dev cali4",
      "filter show dev cali4 ingress",
    ]);
    expect(readShaping(QDISCS, FILTERS, ownership).shapers).toEqual([
      {
        interfaceName: "cali1",
        direction: "to-workload",
        rate: 1e6,
        burst: 10_000,
        peak: undefined,
        note: "",
      },
      {
        interfaceName: "cali1",
        direction: "from-workload",
        rate: 2e6,
        burst: 10_001,
        peak: { rate: 4e6, minburst: 1514 },
        note: "",
      },
      {
        interfaceName: "cali2",
        direction: "to-workload",
        rate: 1_234_000,
        burst: 12_344,
        peak: { rate: 7_654_000, minburst: 1513 },
        note: "",
      },
      { interfaceName: "cali4", direction: "from-workload", rate: 0, burst: 0, peak: undefined, note: "" },
    ]);
  });

  test.each([
    [1_234_567, 1_234_000],
    [1_000_000, 1_000_000],
    [999, 992],
    [1_234_567_890, 1_234_000_000],
    [7_654_321, 7_654_000],
    [10_500_000, 10_500_000],
  ])("%d bit/s are printed as %d", (rate, printed) => {
    expect(printedRate(rate)).toBe(printed);
    expect(printedRate(printed)).toBe(printed);
  });

  test("a limit is the same as far as tc lets one see it", () => {
    const wanted: Shaper = {
      interfaceName: "cali2",
      direction: "to-workload",
      rate: 1_234_567,
      burst: 12_345,
      peak: { rate: 7_654_321, minburst: 1514 },
      note: "shop/web",
    };
    const there = readShaping(QDISCS, FILTERS, ownership).shapers[2];
    if (there === undefined) throw new Error("not read");
    expect(isSameLimit(wanted, there)).toBe(true);
    for (const change of [
      { rate: 1_235_000 },
      { burst: 12_400 },
      { peak: undefined },
      { peak: { rate: 7_656_000, minburst: 1514 } },
      { peak: { rate: 7_654_321, minburst: 1600 } },
    ])
      expect(isSameLimit({ ...wanted, ...change }, there), JSON.stringify(change)).toBe(false);
  });
});
