import { describe, expect, test } from "vitest";
import { DEFAULT_OWNERSHIP, type HostFeatures } from "../../compiler/index.ts";
import { apply } from "../../runtime/apply/apply.ts";
import { ApplyError } from "../../runtime/apply/errors.ts";
import { underLock } from "../../runtime/apply/lock.ts";
import { observe } from "../../runtime/apply/observe.ts";
import { printBundle } from "../../runtime/apply/state.ts";
import type { ApplyTarget, BirdPlace } from "../../runtime/apply/target.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { runTool } from "../../runtime/host/run.ts";
import type { Namespace } from "../kernel/namespace.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { addForeign } from "./foreign.ts";
import { linuxHost, workloadDevices } from "./hosts.ts";
import { artifact, bare, compileTarget, edit, fixtureFiles } from "./plans.ts";

const TOOLS = ["ip", "bridge", "sysctl", "ipset", "nft", "bird", "birdc", "flock", "setpriv", "conntrack"];
const missing = missingForKernelTests([...TOOLS, "iptables-nft-restore", "iptables-legacy-restore"]);

type Linux = Awaited<ReturnType<typeof linuxHost>>;

interface Subject {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Bundles of one node, to walk between. */
  targets(features: HostFeatures): readonly ApplyTarget[];
}

const SUBJECTS: readonly Subject[] = [
  {
    name: "quickstart",
    addresses: ["172.16.1.11/24"],
    targets: (features) => [
      compileTarget(fixtureFiles("quickstart/1"), "node-1", features),
      compileTarget(fixtureFiles("quickstart/2"), "node-1", features),
      compileTarget(
        edit(fixtureFiles("quickstart/2"), /(name: frontend-0[\s\S]*?app: )frontend/g, "$1other"),
        "node-1",
        features,
      ),
    ],
  },
  {
    name: "bare-metal",
    addresses: ["10.0.1.11/24"],
    targets: (features) => [
      compileTarget(fixtureFiles("bare-metal"), "db-1", features),
      compileTarget(edit(fixtureFiles("bare-metal"), "10.9.0.0/16", "10.9.128.0/17"), "db-1", features),
    ],
  },
  {
    name: "bgp-mesh",
    addresses: ["172.30.0.13/24", "fd30::13/64"],
    targets: (features) =>
      [1, 2].map((step) => compileTarget(fixtureFiles(`bgp-mesh/${step}`), "leaf-3", features)),
  },
  {
    name: "dual-stack-vxlan",
    addresses: ["192.168.50.11/24", "2001:db8:50::11/64"],
    targets: (features) => [
      compileTarget(fixtureFiles("dual-stack-vxlan"), "alpha", features),
      bare("alpha"),
    ],
  },
];

async function prepared(
  variant: "nft" | "legacy",
  subject: Subject,
  targets: readonly ApplyTarget[],
): Promise<Linux> {
  const linux = await linuxHost(variant);
  const devices = workloadDevices(targets.flatMap(({ artifacts }) => artifacts));
  for (const name of ["eth0", ...devices]) await linux.addDevice(name);
  await linux.space.run("ip", ["link", "set", "peth0", "up"]);
  for (const address of [...subject.addresses, "10.0.0.1/24"])
    await linux.space.run("ip", [
      "addr",
      "add",
      address,
      "dev",
      "eth0",
      ...(address.includes(":") ? ["nodad"] : []),
    ]);
  await addForeign(linux.host);
  return linux;
}

function birdOf({ directory }: Linux): BirdPlace {
  return { config: `${directory}/bird.conf`, socket: `${directory}/bird.ctl` };
}

/** Starts BIRD where the bundle has a file for it and none runs yet; it ends with `stopBird`. */
async function startBird({ space, directory }: Linux): Promise<void> {
  const args = ["-c", `${directory}/bird.conf`, "-s", `${directory}/bird.ctl`, "-P", `${directory}/bird.pid`];
  await space.run("bird", args);
}

async function stopBird({ directory }: Linux): Promise<void> {
  await runTool("birdc", ["-s", `${directory}/bird.ctl`, "down"]);
}

/** BIRD refuses a file whose passwords nobody has put beside it. */
async function writePasswords({ host, directory }: Linux, targets: readonly ApplyTarget[]): Promise<void> {
  const symbols = new Set(
    targets.flatMap((target) => artifact(target, "bird.conf").match(/\bpw_\w+/g) ?? []),
  );
  const text = [...symbols].map((symbol) => `define ${symbol} = "hunter2";\n`).join("");
  await host.writeFile(`${directory}/bird.secrets.conf`, text, 0o600);
}

/** Saves without counters, times and chain policies' numbers, and only the lines that `keep` wants. */
async function saved(space: Namespace, variant: string, keep: (line: string) => boolean): Promise<string> {
  const texts = [
    await space.run(`iptables-${variant}-save`, []),
    await space.run(`ip6tables-${variant}-save`, []),
    await space.run("ipset", ["save"]),
    await space.run("ip", ["route", "show", "table", "all"]),
    await space.run("ip", ["-6", "route", "show", "table", "all"]),
    await space.run("ip", ["addr", "show", "dev", "eth0"]),
    await space.run("ip", ["rule", "show"]),
  ];
  return texts
    .join("\n")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/\[\d+:\d+\]/, ""))
    .filter(keep)
    .join("\n");
}

/** Routes that the kernel makes by itself follow its own clock. */
const isForeign = (line: string): boolean =>
  /DOCKER|KUBE|--dport 22|10\.99\.0\.0|10\.0\.0\.254|10\.96\.0\.1|inet.* scope global/.test(line) &&
  !/cali|proto kernel/.test(line);

/** Where our rules stand among those of others. */
const isInKernelChain = (line: string): boolean => /^-A [A-Z]+ /.test(line);

/** What is ours on the host, in canonical form, with the text of our `bird.conf`. */
async function ours(linux: Linux, { ownership = DEFAULT_OWNERSHIP, node }: ApplyTarget) {
  const state = await observe(linux.host, ownership, birdOf(linux));
  // What a sysctl is once it is set stays, also when nothing of ours needs it any more.
  return printBundle({ ...state, routing: { ...state.routing, sysctls: [] } }, node);
}

/** Packets that each of our rules has seen, by chain and id. */
async function counters(space: Namespace, variant: string): Promise<ReadonlyMap<string, number>> {
  const text = await space.run(`iptables-${variant}-save`, ["-c"]);
  return new Map(
    [...text.matchAll(/^\[(\d+):\d+\] -A (\S+) .*?cali:([\w-]+)/gm)].map(
      ([, packets, chain, id]) => [`${chain} ${id}`, Number(packets)] as const,
    ),
  );
}

describe.skipIf(missing !== undefined)(
  `a kernel takes bundles${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    describe.each(["nft", "legacy"] as const)("%s", (variant) => {
      test.each(SUBJECTS)("there and back again: $name", async (subject) => {
        const targets = subject.targets(await detectFeatures(variant));
        const linux = await prepared(variant, subject, targets);
        const { host, space } = linux;
        const options = { bird: birdOf(linux), acceptWindow: true };
        try {
          await writePasswords(linux, targets);
          const foreign = await saved(space, variant, isForeign);
          expect(foreign.split("\n").length).toBeGreaterThan(15);
          const states: (readonly object[])[] = [];
          const places: string[] = [];
          for (const [index, target] of targets.entries()) {
            expect((await apply(host, target, options)).steps).not.toEqual([]);
            if (index === 0 && artifact(target, "bird.conf") !== "") await startBird(linux);
            expect((await apply(host, target, options)).steps).toEqual([]);
            states.push(await ours(linux, target));
            places.push(await saved(space, variant, isInKernelChain));
            expect(await saved(space, variant, isForeign)).toBe(foreign);
          }
          for (const [index, target] of [...targets.entries()].toReversed().slice(1)) {
            expect((await apply(host, target, options)).steps).not.toEqual([]);
            expect(await ours(linux, target)).toEqual(states[index]);
            expect(await saved(space, variant, isInKernelChain)).toBe(places[index]);
            expect(await saved(space, variant, isForeign)).toBe(foreign);
          }
          await apply(host, bare(targets[0]?.node ?? ""), options);
          expect(
            await saved(space, variant, (line) => /cali/.test(line) && !/ dev cali| proto kernel/.test(line)),
          ).toBe("");
          expect(await saved(space, variant, isForeign)).toBe(foreign);
        } finally {
          await stopBird(linux);
          await linux.close();
        }
      });

      test("rules that stay keep their counters", async () => {
        const [subject] = SUBJECTS;
        if (subject === undefined) throw new Error("no subject");
        const targets = subject.targets(await detectFeatures(variant));
        const linux = await prepared(variant, subject, targets);
        const { host, space } = linux;
        const options = { bird: birdOf(linux), acceptWindow: true };
        try {
          const [first, second] = targets as [ApplyTarget, ApplyTarget];
          await apply(host, first, options);
          await space.run("ping", ["-c", "3", "-i", "0.1", "-q", "127.0.0.1"]);
          const before = await counters(space, variant);
          expect([...before.values()].filter((packets) => packets >= 3).length).toBeGreaterThan(3);
          await apply(host, second, options);
          const after = await counters(space, variant);
          expect(after.size).toBeGreaterThan(before.size);
          for (const [rule, packets] of before) expect(after.get(rule), rule).toBeGreaterThanOrEqual(packets);
        } finally {
          await linux.close();
        }
      });

      test("while another one is at work: refused, clearly, and the other is not disturbed", async () => {
        const [subject] = SUBJECTS;
        if (subject === undefined) throw new Error("no subject");
        const targets = subject.targets(await detectFeatures(variant));
        const linux = await prepared(variant, subject, targets);
        const options = { bird: birdOf(linux), acceptWindow: true };
        try {
          const [first] = targets as [ApplyTarget];
          // Who is first is not left to chance: a fast one may be done before the other has begun.
          const refused = await underLock(linux.other, "lock", () =>
            apply(linux.host, first, options).catch((error: unknown) => error),
          );
          expect(refused).toBeInstanceOf(ApplyError);
          expect(refused).toMatchObject({
            outcome: "untouched",
            message: expect.stringContaining("Another process"),
          });
          expect((await apply(linux.other, first, options)).steps).not.toEqual([]);
          expect((await apply(linux.host, first, options)).steps).toEqual([]);
        } finally {
          await linux.close();
        }
      });

      test("what the kernel refuses is taken back", async () => {
        const [subject] = SUBJECTS;
        if (subject === undefined) throw new Error("no subject");
        const targets = subject.targets(await detectFeatures(variant));
        const linux = await prepared(variant, subject, targets);
        const options = { bird: birdOf(linux), acceptWindow: true };
        try {
          const [first, second] = targets as [ApplyTarget, ApplyTarget];
          await apply(linux.host, first, options);
          const before = await ours(linux, first);
          const broken = second.artifacts.map(({ path, text }) => ({
            path,
            text:
              path === "ip.batch"
                ? text.replaceAll(/dev (cali\w+) scope link/g, "via 203.0.113.99 dev $1")
                : text,
          }));
          await expect(apply(linux.host, { ...second, artifacts: broken }, options)).rejects.toMatchObject({
            outcome: "restored",
            message: expect.stringMatching(
              /Nexthop has invalid gateway[\s\S]*\(route replace \S+ via 203\.0\.113\.99 dev cali/,
            ),
          });
          expect(await ours(linux, first)).toEqual(before);
        } finally {
          await linux.close();
        }
      });
    });
  },
);
