// `npm test`: everything that CI demands, in one go. As root on Debian or Ubuntu it first installs the packages that
// the tests with real kernels and datastores need; elsewhere those are skipped, and the end says which packages would
// enable them.
// `npm test -- <vitest arguments>` narrows the run to those tests.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGES: Readonly<Record<string, string>> = {
  "iptables-restore": "iptables",
  ipset: "ipset",
  ip: "iproute2",
  bird: "bird2",
  conntrack: "conntrack",
  socat: "socat",
  nft: "nftables",
  sysctl: "procps",
  ping: "iputils-ping",
  python3: "python3",
  zsh: "zsh",
  fish: "fish",
  wg: "wireguard-tools",
  "wireguard-go": "wireguard-go",
  etcd: "etcd-server",
  etcdctl: "etcd-client",
  openssl: "openssl",
  gobgpd: "gobgpd",
  vtysh: "frr",
};

const narrowed = process.argv.slice(2);
const missing = provideTools();
const checks: readonly (readonly [string, readonly string[]])[] =
  narrowed.length > 0
    ? []
    : [
        ["validators", ["node", "scripts/generate-validators.ts"]],
        ["types", ["node", "node_modules/typescript-7/lib/tsc.js"]],
        ["style", ["biome", "check", "--error-on-warnings", "."]],
        ["import rules", ["depcruise", "compiler", "runtime", "cli"]],
        ["dead code", ["knip"]],
        ["build", ["node", "scripts/build.ts"]],
      ];

let passed = 0;
const failures: string[] = [];
for (const [name, [command, ...args]] of checks) {
  const { status } = spawnSync(command!, args, { stdio: "inherit" });
  if (status === 0) passed++;
  else failures.push(name);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}`);
}

const tests = runTests();
for (const reason of tests.skipped) console.log(`skipped: ${reason}`);
if (missing.length > 0)
  console.log(`skipped tests need these packages (as root: apt-get install ${missing.join(" ")})`);
for (const name of failures) console.log(`failed check: ${name}`);
console.log(
  `${passed + tests.passed} passed, ${failures.length + tests.failed} failed, ${tests.skipped.length} skipped`,
);
process.exitCode = failures.length + tests.failed === 0 && tests.completed ? 0 : 1;

/** Installs what tests call, where that is possible; returns the packages still missing. */
function provideTools(): readonly string[] {
  const absent = absentPackages();
  const installable = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (absent.length === 0 || !installable) return absent;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-q"], { stdio: "ignore", env });
  spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...absent], {
    stdio: "ignore",
    env,
  });
  return absentPackages();
}

function absentPackages(): readonly string[] {
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  const has = (tool: string) => directories.some((directory) => existsSync(join(directory, tool)));
  return Object.entries(PACKAGES).flatMap(([tool, name]) => (has(tool) ? [] : [name]));
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function runTests() {
  const directory = mkdtempSync(join(tmpdir(), "calico-tests-"));
  try {
    const output = join(directory, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
    const { status } = spawnSync("vitest", ["run", ...reporters, ...narrowed], { stdio: "inherit" });
    if (!existsSync(output)) return { passed: 0, failed: 1, skipped: [], completed: false };
    const report = JSON.parse(readFileSync(output, "utf8")) as VitestReport;
    const skipped = report.testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter((t) => t.status === "pending" || t.status === "skipped").map((t) => t.fullName),
    );
    // A suite that could not even be loaded has no failed test, but it has failed.
    const unloaded = report.testResults.filter(
      (t) => t.assertionResults.length === 0 && report.numFailedTestSuites > 0,
    ).length;
    return {
      passed: report.numPassedTests,
      failed:
        report.numFailedTests + unloaded + Number(status !== 0 && report.numFailedTests + unloaded === 0),
      skipped,
      completed: status === 0,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
