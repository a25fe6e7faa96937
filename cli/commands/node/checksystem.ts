import { type Kernel, readKernel } from "../../../runtime/host/kernel.ts";
import { UserError } from "../../output/errors.ts";
import { demandRoot } from "./root.ts";

export interface ChecksystemRequest {
  /** A kernel's configuration as plain text, in place of the usual files. */
  readonly kernelConfig?: string;
}

interface Need {
  /** One of them is enough: modules are named differently in different kernels. */
  readonly modules: readonly string[];
  /** What kernels that have it built in call it in their configuration. */
  readonly options: readonly string[];
  readonly isOptional?: boolean;
}

/**
 * Source: the sheet "node / cluster commands", and the options of `calicoctl/commands/node/checksystem.go` with the names
 * that newer kernels have for them. That `vfio-pci` may be missing is ours: nothing that Calico does needs it.
 */
const NEEDS: readonly Need[] = [
  { modules: ["ip_set"], options: ["CONFIG_IP_SET"] },
  { modules: ["ip_tables"], options: ["CONFIG_IP_NF_IPTABLES"] },
  { modules: ["ip6_tables"], options: ["CONFIG_IP6_NF_IPTABLES"], isOptional: true },
  { modules: ["ipt_ipvs", "xt_ipvs"], options: ["CONFIG_NETFILTER_XT_MATCH_IPVS"] },
  { modules: ["vfio-pci"], options: ["CONFIG_VFIO"], isOptional: true },
  { modules: ["xt_bpf"], options: ["CONFIG_BPF"], isOptional: true },
  { modules: ["ipt_REJECT", "xt_REJECT"], options: ["CONFIG_NFT_REJECT", "CONFIG_IP_NF_TARGET_REJECT"] },
  { modules: ["ipt_rpfilter", "xt_rpfilter"], options: ["CONFIG_IP_NF_MATCH_RPFILTER"] },
  { modules: ["nf_conntrack_netlink"], options: ["CONFIG_NF_CT_NETLINK"] },
  { modules: ["xt_addrtype"], options: ["CONFIG_NETFILTER_XT_MATCH_ADDRTYPE"] },
  { modules: ["xt_conntrack"], options: ["CONFIG_NETFILTER_XT_MATCH_CONNTRACK"] },
  { modules: ["xt_mark"], options: ["CONFIG_IP_NF_TARGET_MARK", "CONFIG_NETFILTER_XT_MARK"] },
  {
    modules: ["xt_multiport"],
    options: ["CONFIG_IP_NF_MATCH_MULTIPORT", "CONFIG_NETFILTER_XT_MATCH_MULTIPORT"],
  },
  { modules: ["ipt_set", "xt_set"], options: ["CONFIG_NETFILTER_XT_SET"] },
  { modules: ["xt_u32"], options: ["CONFIG_NETFILTER_XT_MATCH_U32"], isOptional: true },
];

/** Network namespaces and veth pairs came with it. */
const OLDEST_KERNEL = [2, 6, 24] as const;

export async function runChecksystem({ kernelConfig }: ChecksystemRequest): Promise<void> {
  demandRoot();
  const kernel = await readKernel(kernelConfig === undefined ? {} : { config: kernelConfig }).catch(
    (error) => {
      throw new UserError(`cannot read ${kernelConfig}: ${error instanceof Error ? error.message : error}`);
    },
  );
  const { lines, isFit } = await checkKernel(kernel);
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  if (!isFit)
    throw new UserError("system doesn't meet one or more minimum systems requirements to run Calico");
  process.stdout.write("System meets minimum system requirements to run Calico!\n");
}

/** In Calico's lines. */
export async function checkKernel(
  kernel: Kernel,
): Promise<{ readonly lines: readonly string[]; readonly isFit: boolean }> {
  const { release } = kernel;
  const isNewEnough = isAtLeast(release, OLDEST_KERNEL);
  const lines = ["Checking kernel version...", resultLine(release, isNewEnough ? "OK" : "FAIL")];
  if (!isNewEnough)
    lines.push(
      `Minimum kernel version to run Calico is ${OLDEST_KERNEL.join(".")}. Detected kernel version: ${release}`,
    );
  lines.push("Checking kernel modules...");
  let isFit = isNewEnough;
  for (const { modules, options, isOptional = false } of NEEDS) {
    const name = modules.join("|");
    const found = await Promise.all(modules.map((module) => kernel.hasModule(module)));
    if (found.includes(true) || options.some((option) => kernel.isConfigured(option))) {
      lines.push(resultLine(name, "OK"));
      continue;
    }
    lines.push(`WARNING: Unable to detect the ${name} module as Loaded/Builtin module or lsmod`);
    if (name === "ip6_tables")
      lines.push("WARNING: IPv6 will be unavailable as ip6_tables kernel module is not found");
    lines.push(resultLine(name, isOptional ? "SKIP" : "FAIL"));
    isFit &&= isOptional;
  }
  return { lines, isFit };
}

function resultLine(what: string, result: "OK" | "FAIL" | "SKIP"): string {
  return `\t\t${what.padEnd(20)}\t\t\t\t\t${result}`;
}

function isAtLeast(release: string, oldest: readonly number[]): boolean {
  const numbers = release.split(/[.-]/).map(Number);
  const first = oldest.findIndex((number, i) => numbers[i] !== number);
  return first < 0 || (numbers[first] ?? 0) > oldest[first]!;
}
