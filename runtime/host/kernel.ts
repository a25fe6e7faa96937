/** What a Linux kernel can do, as its files say. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

export interface Kernel {
  /** As of `uname -r`. */
  readonly release: string;
  /** Whether a module is loaded, can be loaded, or is built in. */
  hasModule(name: string): Promise<boolean>;
  /** Whether the kernel's configuration, where it can be found, says yes or module. */
  isConfigured(option: string): boolean;
}

export interface KernelFiles {
  /** Where the machine's files are: `/`. */
  readonly root?: string;
  /** Path of a configuration as plain text, in place of the usual ones. Errors of the file system are thrown. */
  readonly config?: string;
}

export async function readKernel({ root = "/", config }: KernelFiles = {}): Promise<Kernel> {
  const read = (path: string): Promise<string> => readFile(join(root, path), "utf8").catch(() => "");
  const release = (await read("/proc/sys/kernel/osrelease")).trim();
  const modules = join("/lib/modules", release);
  const listed = (await read(join(modules, "modules.dep"))) + (await read(join(modules, "modules.builtin")));
  const files = new Set(
    [...listed.matchAll(/([^/\s:]+)\.ko(?=[\s:.]|$)/g)].map(([, name]) => canonical(name!)),
  );
  const loaded = new Set(
    (await read("/proc/modules")).split("\n").map((line) => canonical(line.split(" ")[0]!)),
  );
  const text = config === undefined ? await usualConfig(root, release) : await readFile(config, "utf8");
  const configured = new Set([...text.matchAll(/^(CONFIG_\w+)=[ym]/gm)].map(([, option]) => option!));
  return {
    release,
    async hasModule(name) {
      const module = canonical(name);
      if (files.has(module) || loaded.has(module)) return true;
      return stat(join(root, "/sys/module", module)).then(
        () => true,
        () => false,
      );
    },
    isConfigured: (option) => configured.has(option),
  };
}

/** The kernel takes `-` and `_` in the name of a module for the same. */
function canonical(module: string): string {
  return module.replaceAll("-", "_");
}

/** Where distributions keep it, in Calico's order; last what the kernel itself may tell. */
async function usualConfig(root: string, release: string): Promise<string> {
  const paths = [
    "/usr/src/linux/.config",
    `/boot/config-${release}`,
    `/usr/src/linux-${release}/.config`,
    `/usr/src/linux-headers-${release}/.config`,
    `/lib/modules/${release}/build/.config`,
  ];
  for (const path of paths) {
    const text = await readFile(join(root, path), "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  const packed = await readFile(join(root, "/proc/config.gz")).catch(() => undefined);
  return packed === undefined ? "" : (await promisify(gunzip)(packed)).toString("utf8");
}
