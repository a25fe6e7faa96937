import fc from "fast-check";
import { expect, test } from "vitest";
import type { Packet } from "../../semantics/packet.ts";
import { readDataplanes } from "../../semantics/simulator/read.ts";
import { simulate } from "../../semantics/simulator/run.ts";
import { packet } from "../../semantics/simulator/testing.ts";
import { findTableOrder } from "./table-order.ts";

/** Rules of our chain of each table, as words after its name. */
interface Rules {
  readonly raw: readonly string[];
  readonly mangle: readonly string[];
  readonly filter: readonly string[];
}
const TABLES = ["raw", "mangle", "filter"] as const;
const PORTS = [25, 80, 443];

const header = fc.constantFrom(
  "",
  ...PORTS.map((port) => `-p tcp -m multiport --dports ${port} `),
  "-s 10.0.0.0/24 ",
);
const marked = fc.constantFrom("-m mark --mark 0x10000/0x10000 ", "-m mark --mark 0x20000/0x20000 ");
const setsMark = fc.constantFrom(
  "-j MARK --set-xmark 0x10000/0x30000",
  "-j MARK --set-xmark 0x20000/0x30000",
);
const decides = fc.constantFrom("-j DROP", "-j ACCEPT");
const rule = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((words) => words.join(""));
/** Early tables mark and drop, the last one goes by the marks. */
const early = fc.array(fc.oneof(rule(header, setsMark), rule(header, decides)), { maxLength: 3 });
const last = fc.array(fc.oneof(rule(marked, decides), rule(header, decides)), { minLength: 1, maxLength: 4 });
const states = fc.record<Rules>({ raw: early, mangle: early, filter: last });

function text(state: Rules): readonly { readonly path: string; readonly text: string }[] {
  const lines = TABLES.flatMap((table) => {
    const chain = table === "filter" ? "FORWARD" : "PREROUTING";
    return [
      `*${table}`,
      `:cali-${chain} - -`,
      // What others have marked is nobody's business here.
      ...(table === "raw"
        ? [`-I ${chain} -m comment --comment "cali:zero" -j MARK --set-xmark 0x0/0x30000`]
        : []),
      `-A ${chain} -m comment --comment "cali:hook" -j cali-${chain}`,
      ...state[table].map((rule) => `-A cali-${chain} ${rule}`),
      "COMMIT",
    ];
  });
  return [{ path: "iptables.restore", text: `${lines.join("\n")}\n` }];
}

const PACKETS: readonly Packet[] = [...PORTS, 8080].flatMap((destinationPort) =>
  ["10.0.0.7", "10.9.0.7"].map((source) => packet(source, "172.16.0.1", { destinationPort })),
);

/** Of each packet, whether it is allowed. */
function verdicts(state: Rules): readonly boolean[] {
  const dataplane = readDataplanes(text(state))[4];
  const host = { isLocalAddress: () => false, isMember: () => false };
  return PACKETS.map((each) => simulate(dataplane, each, host).allowed);
}

function mixture(before: Rules, after: Rules, committed: readonly string[]): Rules {
  const of = (table: (typeof TABLES)[number]) => (committed.includes(table) ? after : before)[table];
  return { raw: of("raw"), mangle: of("mangle"), filter: of("filter") };
}

/** Whether each packet fares as before or as after in each state between the commits. */
function isSafe(before: Rules, after: Rules, order: readonly string[]): boolean {
  const [old, now] = [verdicts(before), verdicts(after)];
  return order.every((_, count) =>
    verdicts(mixture(before, after, order.slice(0, count))).every(
      (allowed, i) => allowed === old[i] || allowed === now[i],
    ),
  );
}

test("what is proven holds for packets that are walked through each state in between", () => {
  const seen = { proven: 0, none: 0, unknown: 0, usualOrderFails: 0 };
  fc.assert(
    fc.property(states, states, (before, after) => {
      const found = findTableOrder(text(before), text(after), 4, TABLES, () => false);
      seen[found.kind]++;
      if (!isSafe(before, after, TABLES)) seen.usualOrderFails++;
      if (found.kind === "proven") expect(isSafe(before, after, found.order)).toBe(true);
    }),
    { numRuns: Number(process.env.ORDER_RUNS ?? 100), seed: 7 },
  );
  process.stdout.write(`orders: ${JSON.stringify(seen)}\n`);
  expect(seen.unknown).toBe(0);
  expect(seen.proven).toBeGreaterThan(20);
  expect(seen.none).toBeGreaterThan(0);
  // The walk would see it if what is proven did not hold.
  expect(seen.usualOrderFails).toBeGreaterThan(5);
}, 120_000);
