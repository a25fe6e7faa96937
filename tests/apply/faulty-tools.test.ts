import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { Draw } from "../draw.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { CLI_HOST_TOOLS, CliHost } from "./cli-host.ts";
import { Outcomes } from "./faults.ts";
import { FaultyTools, TOOL_FAULTS } from "./faulty-tools.ts";
import { savedHost } from "./saved-host.ts";

/**
 * How many failures of real tools to try for each variant, drawn by `TOOL_SEED` from all; `TOOL_FAULTS=all` tries each,
 * hanging ones, which take half a minute, too.
 */
const { TOOL_FAULTS: COUNT = "4", TOOL_SEED = "20261126" } = process.env;
const missing = missingForKernelTests([...CLI_HOST_TOOLS, "nsenter"]);

type Fault = NonNullable<Parameters<FaultyTools["set"]>[0]>;

function chosen(faults: readonly Fault[]): readonly Fault[] {
  if (COUNT === "all") return faults;
  const draw = new Draw(Number(TOOL_SEED));
  const quick = faults.filter(({ kind }) => kind !== "hang");
  return Array.from({ length: Number(COUNT) }, () => {
    const fault = draw.from(quick);
    if (fault === undefined) throw new Error("no tool is called");
    return fault;
  });
}

describe.skipIf(missing !== undefined)(
  `apply whose tools fail${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test.each(["nft", "legacy"] as const)(
      "ends in the old state or in the new one and says which, BIRD and all: %s",
      async (variant) => {
        const host = await CliHost.create(variant);
        try {
          const tools = await FaultyTools.create(host.path("tools"));
          const env = {
            PATH: `${tools.directory}:${process.env.PATH}`,
            NETNS_OF_TOOLS: host.space.name,
          };
          const whole = async (): Promise<string> =>
            `${await savedHost(host, variant)}\n${await readFile(host.path("bird", "bird.conf"), "utf8")}`;
          await host.writePasswords("only for this test");
          expect(await host.apply("1")).toMatchObject({ code: 0 });
          await host.startBird();
          await host.apply("2");
          const fresh = await whole();
          await host.apply("1");
          const old = await whole();

          const apply = (step: string) => host.program(env, ...host.applyWords(step));
          await tools.set(undefined);
          expect(await apply("2")).toMatchObject({ code: 0, stderr: "" });
          expect(await whole()).toBe(fresh);
          const calls = await tools.calls();
          const faults = [...calls].flatMap(([tool, count]) =>
            Array.from({ length: count }, (_, number) =>
              TOOL_FAULTS.map((kind): Fault => ({ kind, tool, number })),
            ).flat(),
          );
          const seen = new Outcomes();
          for (const fault of chosen(faults)) {
            const what = `${fault.kind} at call ${fault.number} of ${fault.tool} (TOOL_SEED=${TOOL_SEED})`;
            await tools.set(undefined);
            expect((await host.apply("1")).code, what).toBe(0);
            await tools.set(fault);
            const { code, stderr } = await apply("2");
            await tools.set(undefined);
            const state = await whole();
            if (code === 0) expect(state, what).toBe(fresh);
            else expect(stderr, what).toMatch(/enforces what it did before|the next apply ends it first/);
            if (stderr.includes("enforces what it did before")) expect(state, what).toBe(old);
            if (stderr.includes("ends it first")) {
              expect((await host.apply("2")).code, what).toBe(0);
              expect(await whole(), what).toBe(fresh);
            }
            seen.add(code === 0 ? "new" : (/(?:before|first)\.$/.exec(stderr.trim())?.[0] ?? stderr));
          }
          process.stdout.write(
            `${variant}: ${chosen(faults).length} of ${faults.length} failures of ${calls.size} tools: ${seen}; TOOL_SEED=${TOOL_SEED}\n`,
          );
          expect(faults.length).toBeGreaterThan(60);
        } finally {
          await host.close();
        }
      },
      COUNT === "all" ? 7_200_000 : 60_000 + Number(COUNT) * 30_000,
    );
  },
);
