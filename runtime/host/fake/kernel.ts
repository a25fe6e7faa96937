import type { ToolResult } from "../run.ts";
import { FakeRouting } from "./routing.ts";
import { FakeSets } from "./sets.ts";
import { FakeShaping } from "./shaping.ts";
import { FakeWireguard } from "./wireguard.ts";
import { done, refused } from "./words.ts";
import { FakeXtables } from "./xtables.ts";

/** The file that the daemon was started with. */
const BIRD_CONF = "/etc/calico/bird/bird.conf";
const BIRD_SECRETS = "/etc/calico/bird/bird.secrets.conf";

/** A BIRD daemon: what it runs with, and whether it answers at all. */
interface FakeBird {
  running: boolean;
  config: string;
}

/** What a kernel and its daemons hold; gone after a reboot. Answers the tools that the applier runs, and no others. */
export class FakeKernel {
  readonly #sets: FakeSets = new FakeSets(
    (set) => this.#tables[4].usesSet(set) || this.#tables[6].usesSet(set),
  );
  readonly #tables = { 4: new FakeXtables(this.#sets), 6: new FakeXtables(this.#sets) };
  readonly routing = new FakeRouting();
  readonly #wireguard = new FakeWireguard(() => this.routing.wireguardDevices());
  readonly #shaping = new FakeShaping((name) => this.routing.hasDevice(name));
  readonly bird: FakeBird = { running: true, config: "" };
  /** Addresses whose connections were deleted. */
  readonly cut: string[] = [];
  #arp = "";
  readonly #file: (path: string) => string | undefined;

  /** `file` reads the disk, which outlives the kernel. */
  constructor(file: (path: string) => string | undefined) {
    this.#file = file;
  }

  copyFrom(other: FakeKernel): void {
    this.#sets.copyFrom(other.#sets);
    this.#tables[4].copyFrom(other.#tables[4]);
    this.#tables[6].copyFrom(other.#tables[6]);
    this.routing.copyFrom(other.routing);
    this.#wireguard.copyFrom(other.#wireguard);
    this.#shaping.copyFrom(other.#shaping);
    Object.assign(this.bird, other.bird);
    this.cut.push(...other.cut);
    this.#arp = other.#arp;
  }

  /** Reads its file, as the real one does when its supervisor starts it. */
  startBird(): void {
    this.bird.running = true;
    this.bird.config = this.#file(BIRD_CONF) ?? "";
  }

  run(tool: string, args: readonly string[], input = ""): ToolResult {
    const [, version, , verb] = /^(ip6?)tables-(nft|legacy)-(save|restore)$/.exec(tool) ?? [];
    if (verb !== undefined) {
      const tables = this.#tables[version === "ip6" ? 6 : 4];
      return verb === "save" ? done(tables.save()) : tables.restore(args, input);
    }
    switch (tool) {
      case "ipset":
        return args[0] === "save" ? done(this.#sets.save()) : this.#sets.restore(input);
      case "ip":
      case "bridge":
        if (args[0] === "tunnel") return this.routing.loadIpip();
        return args.includes("-batch") ? this.#batch(args, input) : done(this.routing.show(args));
      case "wg":
        return this.#wireguard.run(args);
      case "sh":
        return this.#wireguard.makeKey(args.at(-1) ?? "");
      case "tc":
        return this.#shaping.run(args, input);
      case "sysctl":
        return args.includes("-p") ? this.routing.setSysctls(input) : done(this.routing.show([]));
      case "nft":
        return this.#nft(args, input);
      case "bird":
        return this.#birdCheck();
      case "birdc":
        return this.#birdc(args);
      case "conntrack":
        this.cut.push(args.at(-1) ?? "");
        return done();
      default:
        return { code: undefined, stdout: "", stderr: `spawn ${tool} ENOENT` };
    }
  }

  #batch(args: readonly string[], input: string): ToolResult {
    if (args.includes("-j")) return this.routing.answer(args, input);
    const result = this.routing.batch(input, args.includes("-6") ? 6 : 4);
    this.#wireguard.forgetRemoved();
    this.#shaping.forgetRemoved();
    return result;
  }

  /** One table of family `arp`: declared, deleted, made anew in one transaction. */
  #nft(args: readonly string[], input: string): ToolResult {
    if (args[0] === "list")
      return this.#arp === "" ? refused("Error: No such file or directory") : done(this.#arp);
    const isWhole = input.split("{").length === input.split("}").length;
    if (!isWhole) return refused("-:1:1: Error: syntax error, unexpected end of file");
    this.#arp = /table arp calico-arp \{\n[\s\S]*/.exec(input)?.[0] ?? "";
    return done();
  }

  #birdCheck(): ToolResult {
    const error = this.#birdError();
    return error === undefined ? done() : refused(error);
  }

  /** What birdc says of a file goes to standard output, good or bad. */
  #birdc(args: readonly string[]): ToolResult {
    if (!this.bird.running) return refused("Unable to connect to server control socket (bird.ctl)");
    const command = args.slice(args[0] === "-s" ? 2 : 0).join(" ");
    if (command === "down") {
      this.bird.running = false;
      return done("Shutdown requested\n");
    }
    if (command === "configure confirm") return done("Reconfiguration confirmed\n");
    const error = this.#birdError();
    if (error !== undefined) return { ...done(`${error}\n`), code: 1 };
    this.bird.config = this.#file(BIRD_CONF) ?? "";
    return done("Reconfigured\n");
  }

  /** What is wrong with its file, or with that of the passwords, which it includes. */
  #birdError(): string | undefined {
    const isWrong = (path: string): boolean => this.#file(path)?.includes("syntax error") === true;
    if (this.#file(BIRD_CONF) === undefined) return `${BIRD_CONF}: No such file or directory`;
    const wrong = [BIRD_CONF, BIRD_SECRETS].find(isWrong);
    return wrong === undefined ? undefined : `${wrong}:1:1 syntax error`;
  }
}
