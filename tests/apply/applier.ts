import { readFileSync } from "node:fs";
import { apply } from "../../runtime/apply/apply.ts";
import type { ApplyOptions, ApplyTarget } from "../../runtime/apply/target.ts";
import type { Host } from "../../runtime/host/host.ts";
import { LinuxHost, type LinuxHostOptions } from "../../runtime/host/linux-host.ts";

/** What this process is told, as JSON in a file: its one argument. */
export interface ApplierOrder {
  readonly host: LinuxHostOptions;
  readonly target: ApplyTarget;
  readonly options: ApplyOptions;
  /** The call that changes something, counted from 0, at which to die; none = live, and say how many there were. */
  readonly death?: { readonly call: number; readonly moment: DeathMoment };
}

/** `during`: a tool has been started, or a file is being written, and nobody waits for it any more. */
export type DeathMoment = "before" | "during" | "after";

/** A host on which the process kills itself, as `kill -9` would, at one of the calls that change something. */
class MortalHost implements Host {
  calls = 0;
  readonly iptablesVariant: "nft" | "legacy";
  readonly stateDirectory: string;
  readonly #host: LinuxHost;
  readonly #death: ApplierOrder["death"];

  constructor({ host, death }: ApplierOrder) {
    this.#host = new LinuxHost(host);
    this.#death = death;
    this.iptablesVariant = this.#host.iptablesVariant;
    this.stateDirectory = this.#host.stateDirectory;
  }

  async run(...args: Parameters<Host["run"]>): ReturnType<Host["run"]> {
    const [tool, words] = args;
    const asks =
      /-save$/.test(tool) ||
      words.includes("-j") ||
      /^(save|list|show|-a)$/.test(words[0] ?? "") ||
      words[1] === "show";
    return asks ? this.#host.run(...args) : this.#mortal(() => this.#host.run(...args));
  }

  async writeFile(...args: Parameters<Host["writeFile"]>): Promise<void> {
    return this.#mortal(() => this.#host.writeFile(...args));
  }

  async removeFile(path: string): Promise<void> {
    return this.#mortal(() => this.#host.removeFile(path));
  }

  readFile(path: string): ReturnType<Host["readFile"]> {
    return this.#host.readFile(path);
  }

  lock(path: string): ReturnType<Host["lock"]> {
    return this.#host.lock(path);
  }

  bootId(): Promise<string> {
    return this.#host.bootId();
  }

  async #mortal<T>(act: () => Promise<T>): Promise<T> {
    const isLast = this.calls++ === this.#death?.call;
    const die = (): void => void (isLast && process.kill(process.pid, "SIGKILL"));
    if (this.#death?.moment === "before") die();
    const pending = act();
    if (this.#death?.moment === "during" && isLast) setTimeout(die, 2);
    const result = await pending;
    die();
    return result;
  }
}

const order = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as ApplierOrder;
const host = new MortalHost(order);
await apply(host, order.target, order.options);
process.stdout.write(`${host.calls}\n`);
