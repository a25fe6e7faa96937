import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { bgpObjects } from "../../engine/bgp/testing/arbitrary.ts";
import { bgpNode, filterRule, resolveCluster } from "../../engine/bgp/testing/cluster.ts";
import type { BgpSpeaker } from "../../ir/bgp-ir.ts";
import type { ModelObject } from "../../ir/cluster-model.ts";
import {
  bgpConfig,
  bgpFilter,
  bgpPeer,
  block,
  cidr,
  ip,
  pod,
  pool,
  selector,
} from "../../ir/testing/objects.ts";
import { emitBird } from "./emit.ts";
import { birdSecrets } from "./index.ts";
import { parseBird } from "./parse.ts";
import { printBird } from "./print.ts";
import { printSecrets } from "./secrets.ts";

/** The real `bird -p`: BIRD 2's own parser, on files in a directory of its own. */
const installed = spawnSync("bird", ["--version"]).status === 0;
const directory = mkdtempSync(join(tmpdir(), "bird-conf-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function check(text: string, secrets: string): string {
  writeFileSync(join(directory, "bird.conf"), text);
  writeFileSync(join(directory, "bird.secrets.conf"), secrets);
  const { status, stderr } = spawnSync("bird", ["-p", "-c", join(directory, "bird.conf")], {
    encoding: "utf8",
  });
  return status === 0 ? "accepted" : `${stderr}\n${text}`;
}

function compileAll(objects: readonly ModelObject[]) {
  const errors: string[] = [];
  const { speakers, findings } = resolveCluster(objects);
  const files = [...speakers].map(([node, ir]) => {
    const config = emitBird(ir, (code, params) => errors.push(`${code} ${JSON.stringify(params)}`));
    const [artifact] = printBird(config, node);
    return { ir, config, text: artifact?.text ?? "" };
  });
  return { files, errors, findings };
}

const passwordsOf = (ir: BgpSpeaker) =>
  printSecrets(new Map(birdSecrets(ir).map(({ symbol }) => [symbol, "s3cr et"])));

describe.skipIf(!installed)("bird -p", () => {
  test("is BIRD 2", () => {
    expect(spawnSync("bird", ["--version"], { encoding: "utf8" }).stderr).toMatch(/^BIRD version 2\./);
  });

  const shapes: Readonly<Record<string, readonly ModelObject[]>> = {
    "a node alone": [bgpNode("a", "10.0.0.1/24")],
    "IPv6 only": [bgpNode("a", undefined, { v6: "fd00::1" }), bgpNode("b", undefined, { v6: "fd00::2" })],
    "dual-stack mesh with a password": [
      bgpNode("a", "10.0.0.1/24", { v6: "fd00::1" }),
      bgpNode("b", "10.0.0.2/24", { v6: "fd00::2" }),
      bgpConfig("default", {
        nodeMeshPassword: { namespace: "", name: "s", key: "k" },
        nodeMeshMaxRestartTime: 10,
      }),
    ],
    reflector: [
      bgpNode("rr", "10.0.0.1/24", { cluster: "244.0.0.1", labels: { rr: "" } }),
      bgpNode("rr2", "10.0.0.2/24", { cluster: "244.0.0.1", labels: { rr: "" } }),
      bgpNode("a", "10.0.0.3/24"),
      bgpConfig("default", { nodeToNodeMesh: false, serviceExternalIps: [cidr("45.12.0.0/16")] }),
      bgpPeer("rr", { nodeSelector: selector("all()"), peerSelector: selector("has(rr)") }),
    ],
    "top of rack, everything set": [
      bgpNode("a", "10.0.0.1/24", { as: 4200000001 }),
      bgpConfig("default", {
        bindMode: "NodeIP",
        listenPort: 1790,
        ignoredInterfaces: ["ens7*"],
        logSeverity: "Debug",
      }),
      bgpFilter("tor.policy", {
        importV4: [
          filterRule({
            cidr: cidr("0.0.0.0/0"),
            matchOperator: "Equal",
            remotePeersOnly: true,
            action: "reject",
          }),
          filterRule({ cidr: cidr("10.0.0.0/8"), matchOperator: "In", prefixLength: { min: 24, max: 28 } }),
        ],
        exportV4: [
          filterRule({
            peerType: "eBGP",
            interfaceGlob: "eth*",
            community: { kind: "large", value: [65000, 1, 2] },
            asPathPrefix: [65001, 65002],
            priority: 512,
            operations: [
              { kind: "add-community", community: { kind: "standard", value: [65000, 200] } },
              { kind: "prepend-as-path", asNumbers: [65001, 65002] },
              { kind: "set-priority", priority: 100 },
            ],
          }),
          filterRule({ action: "reject" }),
        ],
      }),
      bgpPeer("tor", {
        peerIp: ip("172.19.4.87"),
        peerPort: 1790,
        asNumber: 64600,
        localAsNumber: 64999,
        numAllowedLocalAsNumbers: 2,
        ttlSecurity: 2,
        nextHopMode: "Self",
        password: { namespace: "ns", name: "tor", key: "password" },
        keepaliveTime: 20,
        maxRestartTime: 120,
        reachableBy: ip("10.0.0.254"),
        filters: ["tor.policy"],
      }),
    ],
    "workload peers, blocks, services, pools": [
      bgpNode("a", "10.0.0.1/24"),
      pod("a", "ns/w", { addresses: [cidr("10.65.0.9/32")] }),
      bgpPeer("w", { localWorkloadSelector: selector("all()"), asNumber: 65401 }),
      pool("none", "10.65.0.0/16"),
      pool("vxlan", "10.66.0.0/16", { vxlanMode: "Always" }),
      pool("hidden", "10.67.0.0/16", { disableBgpExport: true }),
      block("10.65.0.0/26", { affinity: "a" }),
      block("fd00:65::/122", { affinity: "a" }),
      bgpConfig("default", { serviceClusterIps: [cidr("10.96.0.0/12"), cidr("fd00:96::/112")] }),
    ],
  };
  test.each(Object.entries(shapes))("accepts %s", (_title, objects) => {
    const { files, errors } = compileAll(objects);
    expect(errors).toEqual([]);
    for (const { ir, text } of files) expect(check(text, passwordsOf(ir))).toBe("accepted");
  });

  test("refuses the file while a password is missing, rather than going without", () => {
    const { files } = compileAll(shapes["dual-stack mesh with a password"] ?? []);
    expect(check(files[0]?.text ?? "", "")).toMatch(/unexpected CF_SYM_UNDEFINED/);
  });

  test("accepts whatever valid resources say", () => {
    fc.assert(
      fc.property(bgpObjects, (objects) => {
        const { files, errors } = compileAll(objects);
        expect(errors).toEqual([]);
        for (const { ir, text } of files) expect(check(text, passwordsOf(ir))).toBe("accepted");
      }),
      { numRuns: 60, seed: 20_12 },
    );
  });
});

describe("what is printed is read back", () => {
  test("as the same tree and the same text", () => {
    fc.assert(
      fc.property(bgpObjects, (objects) => {
        for (const { config, text } of compileAll(objects).files) {
          const read = parseBird([{ path: "bird.conf", text }]);
          expect(read).toEqual(config);
          expect(printBird(read, text.split("\n")[0]?.replace(/^.*node /, "") ?? "")[0]?.text).toBe(text);
        }
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  test("in any order of the resources", () => {
    fc.assert(
      fc.property(bgpObjects, (objects) => {
        const texts = (of: readonly ModelObject[]) =>
          compileAll(of)
            .files.map(({ text }) => text)
            .sort();
        expect(texts(objects.toReversed())).toEqual(texts(objects));
      }),
      { numRuns: 50, seed: 8 },
    );
  });
});

describe("names that try to break out", () => {
  const hostile = ['x"; } protocol', "a'b", "new\nline", "nul\0", "ünïcode", "{", "#", "y".repeat(300)];
  const objects = (name: string): readonly ModelObject[] => [
    bgpNode("a", "10.0.0.1/24"),
    pool(name, "10.65.0.0/16"),
    bgpConfig("default", { ignoredInterfaces: [name] }),
    bgpFilter(name, { importV4: [filterRule({ interfaceGlob: name }), filterRule({ action: "reject" })] }),
    bgpPeer(name, {
      peerIp: ip("10.9.9.9"),
      asNumber: 65000,
      filters: [name],
      password: { namespace: name, name, key: name },
    }),
  ];

  test.each(hostile.map((name) => [JSON.stringify(name).slice(0, 30), name]))(
    "%s is refused or harmless",
    (_title, name) => {
      const { files, errors } = compileAll(objects(name));
      const [{ ir, config, text } = { ir: undefined, config: undefined, text: "" }] = files;
      if (ir === undefined) throw new Error("no node");
      expect(parseBird([{ path: "bird.conf", text }])?.protocols.map((protocol) => protocol.name)).toEqual(
        config?.protocols.map((protocol) => protocol.name),
      );
      if (/^[\x21\x23-\x26\x28-\x7e]*$/.test(name) && !/[{#]/.test(name)) expect(errors).toEqual([]);
      else expect(errors.some((error) => error.startsWith("bird/unusable-name"))).toBe(true);
      if (installed) expect(check(text, passwordsOf(ir))).toBe("accepted");
    },
  );

  test("passwords that BIRD cannot hold", () => {
    for (const value of ['a"b', "a\nb", "a\0b", "", "p".repeat(81), "ü".repeat(41)])
      expect(() => printSecrets(new Map([["pw_1", value]]))).toThrow(/^The password pw_1 cannot be written/);
    expect(
      printSecrets(
        new Map([
          ["pw_2", "b c"],
          ["pw_1", "p".repeat(80)],
        ]),
      ),
    ).toBe(`define pw_1 = "${"p".repeat(80)}";\ndefine pw_2 = "b c";\n`);
  });
});

describe("what Calico's users ask for beyond its API", () => {
  const files = (mode: "None" | "BFDIfDirectlyConnected") =>
    compileAll([
      bgpNode("n1", "10.0.0.1/24"),
      bgpPeer("near", {
        peerIp: ip("10.0.0.254"),
        asNumber: 65001,
        failureDetectionMode: mode,
        restartMode: "LongLivedGracefulRestart",
      }),
      bgpPeer("far", { peerIp: ip("10.9.0.254"), asNumber: 65002, failureDetectionMode: mode }),
    ]).files[0]!;

  test("BFD watches the neighbours on the host's own network, and no others", () => {
    const { text } = files("BFDIfDirectlyConnected");
    expect(text).toContain('protocol bfd bfd1 {\n  interface "*" { interval 300 ms; multiplier 3; };\n}');
    const [far, near] = ["Global_10_9_0_254", "Global_10_0_0_254"].map(
      (name) => new RegExp(`protocol bgp ${name} [^]*?\n}`).exec(text)?.[0] ?? "",
    );
    expect(near).toContain("  direct;\n  bfd on;\n");
    expect(near).toContain("  long lived graceful restart on;\n");
    expect(far).not.toMatch(/direct|bfd|long lived/);
  });

  test("without BFD there is no protocol for it", () => {
    expect(files("None").text).not.toContain("bfd");
  });

  test.skipIf(!installed)("BIRD accepts both", () => {
    expect(check(files("BFDIfDirectlyConnected").text, "")).toBe("accepted");
    expect(check(files("None").text, "")).toBe("accepted");
  });
});
