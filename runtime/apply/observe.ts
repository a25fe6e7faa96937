import {
  ARP_TABLE,
  type Artifact,
  answersIn,
  HOST_QUERIES,
  type HostQuery,
  type IptablesState,
  type KnownLines,
  noLines,
  parseIptables,
  policerQueries,
  type RoutingOwnership,
  type RoutingState,
  readRouting,
  readShaping,
  type ShapingState,
  sysctlQuery,
} from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { StepError } from "./errors.ts";
import { withHookPositions } from "./hook-positions.ts";
import { refusedLine } from "./must.ts";
import { type HostState, readBundle } from "./state.ts";
import type { BirdPlace } from "./target.ts";
import { areAsWanted, type ChainsOfTable } from "./written-chains.ts";

/** Where `HOST_QUERIES` puts the links. */
const LINKS_PATH = "host/ip-addr.json";

/** First line of every `bird.conf` that we have written. */
const OUR_BIRD_CONF = /^# calicoctl bird\.conf \d/;

/** What can be read by itself. */
export type Part = "rules" | "sets" | "arp" | "routing" | "shaping" | "bird";

const PARTS: readonly Part[] = ["rules", "sets", "arp", "routing", "shaping", "bird"];

/** Reads our part of the host, all of it. */
export async function observe(
  host: Host,
  ownership: RoutingOwnership,
  bird: BirdPlace,
  known = noLines(),
): Promise<HostState> {
  return new Observer(host, ownership, bird, known).observe();
}

/**
 * Reads our part of one host, again and again. What cannot be read whole is an error: a part must never pass for the
 * whole. The tools run side by side, as starting them is most of what they cost.
 */
export class Observer {
  readonly #host: Host;
  readonly #ownership: RoutingOwnership;
  readonly #bird: BirdPlace;
  /** Most lines are the same the next time, and in what the host shall be. */
  readonly #known: KnownLines;

  constructor(host: Host, ownership: RoutingOwnership, bird: BirdPlace, known = noLines()) {
    this.#host = host;
    this.#ownership = ownership;
    this.#bird = bird;
    this.#known = known;
  }

  async observe(): Promise<HostState> {
    return this.#read(EMPTY, new Set(PARTS));
  }

  /** Only the stale parts are read; the others are believed to be as they were. */
  async refresh(last: HostState, stale: ReadonlySet<Part>): Promise<HostState> {
    return this.#read(last, stale);
  }

  /** See `areAsWanted`. */
  async shows(tables: readonly ChainsOfTable[], wanted: IptablesState): Promise<boolean> {
    return areAsWanted(this.#host, tables, wanted, this.#known);
  }

  async #read(last: HostState, stale: ReadonlySet<Part>): Promise<HostState> {
    const fresh = <T>(part: Part, read: () => Promise<T>, old: T): Promise<T> =>
      stale.has(part) ? read() : Promise.resolve(old);
    const [iptables, routing, shaping, bird] = await Promise.all([
      this.#iptables(last.iptables, stale),
      fresh("routing", () => observeRouting(this.#host, this.#ownership), last.routing),
      fresh("shaping", () => observeShaping(this.#host, this.#ownership), last.shaping),
      fresh("bird", () => observeBird(this.#host, this.#bird), last.bird),
    ]);
    return { iptables, routing, shaping, bird };
  }

  async #iptables(last: IptablesState, stale: ReadonlySet<Part>): Promise<IptablesState> {
    const host = this.#host;
    const answers = await Promise.all([
      ...(stale.has("rules")
        ? [
            answer(host, "iptables.restore", [`iptables-${host.iptablesVariant}-save`], isRulesSave),
            answer(host, "ip6tables.restore", [`ip6tables-${host.iptablesVariant}-save`], isRulesSave),
          ]
        : []),
      ...(stale.has("sets") ? [answer(host, "ipset.restore", ["ipset", "save"], isSetsSave)] : []),
      ...(stale.has("arp") ? [arpAnswer(host)] : []),
    ]);
    const { rulesets, ipSets, arpGuard } = withHookPositions(
      parseIptables(answers, this.#known),
      answers,
      "host",
    );
    return {
      rulesets: stale.has("rules") ? rulesets : last.rulesets,
      ipSets: stale.has("sets") ? ipSets : last.ipSets,
      arpGuard: stale.has("arp") ? arpGuard : last.arpGuard,
    };
  }
}

const EMPTY: HostState = readBundle([]);

async function answer(
  host: Host,
  path: string,
  command: readonly string[],
  isWhole: (text: string) => boolean,
): Promise<Artifact> {
  return { path, text: await ask(host, command, isWhole) };
}

/** `list ruleset arp` would have `nft` read every rule of every family. */
async function arpAnswer(host: Host): Promise<Artifact> {
  const command = ["nft", "list", "table", "arp", ARP_TABLE];
  const { code, stdout, stderr } = await host.run("nft", command.slice(1));
  if (code !== 0 && !/No such file or directory/.test(stderr))
    throw new StepError(command.join(" "), stderr.trim());
  if (!isRuleset(stdout)) throw unreadable(command);
  return { path: "arp.nft", text: stdout };
}

async function observeRouting(host: Host, ownership: RoutingOwnership): Promise<RoutingState> {
  const required = await answersTo(
    host,
    HOST_QUERIES.filter(({ optional }) => !optional),
  );
  // The optional ones ask about WireGuard devices, which in userspace are TUN devices.
  const hasWireguard = required.some(({ text }) => /"info_kind":\s*"(wireguard|tun)"/.test(text));
  const optional = hasWireguard ? HOST_QUERIES.filter((query) => query.optional) : [];
  const links = required.find(({ path }) => path === LINKS_PATH)?.text ?? "";
  const further = await answersTo(host, [sysctlQuery(links, ownership), ...optional]);
  const state = readRouting([...required, ...further], ownership);
  // A protocol without a number of ours could not be put back, so its routes are left where they are.
  return { ...state, routes: state.routes.filter(({ protocol }) => protocol >= 0) };
}

async function observeShaping(host: Host, ownership: RoutingOwnership): Promise<ShapingState> {
  const qdiscs = await ask(host, ["tc", "qdisc", "show"], isQdiscs);
  const queries = policerQueries(qdiscs, ownership);
  if (queries.length === 0) return readShaping(qdiscs, "", ownership);
  const filters = await ask(host, ["tc", "-batch", "-"], isQdiscs, `${queries.join("\n")}\n`);
  return readShaping(qdiscs, filters, ownership);
}

async function answersTo(host: Host, queries: readonly HostQuery[]): Promise<readonly Artifact[]> {
  const answers = await Promise.all(
    queries.map(async (query): Promise<readonly Artifact[]> => {
      const { command, input, optional } = query;
      const [tool = "", ...args] = command;
      const { code, stdout, stderr } = await host.run(tool, args, input === undefined ? {} : { input });
      // `sysctl` fails for keys that the kernel lacks, after it has printed all others.
      const isAnswered = code === 0 || (tool === "sysctl" && code !== undefined);
      if (!isAnswered && !optional)
        throw new StepError(command.join(" "), `${stderr.trim()}${refusedLine(stderr, input ?? "")}`);
      if (tool === "sysctl" && !isSysctls(stdout)) throw unreadable(command);
      const pieces = isAnswered ? answersIn(query, stdout) : [];
      if (pieces === undefined) throw unreadable(command);
      return pieces;
    }),
  );
  return answers.flat();
}

/** `undefined` where there is none. Throws for a file that somebody else wrote: it is not ours to replace. */
async function observeBird(host: Host, { config }: BirdPlace): Promise<string | undefined> {
  const text = await host.readFile(config);
  if (text !== undefined && !OUR_BIRD_CONF.test(text))
    throw new StepError(config, "not a file of ours; move it away, or name the one that BIRD shall read");
  return text;
}

async function ask(
  host: Host,
  command: readonly string[],
  isWhole: (text: string) => boolean,
  input?: string,
): Promise<string> {
  const [tool = "", ...args] = command;
  const { code, stdout, stderr } = await host.run(tool, args, input === undefined ? {} : { input });
  if (code !== 0) throw new StepError(command.join(" "), stderr.trim());
  if (!isWhole(stdout)) throw unreadable(command);
  return stdout;
}

function unreadable(command: readonly string[]): StepError {
  return new StepError(command.join(" "), "its output is not what the tool prints, or only a part of it");
}

function contentOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** Nothing at all is right on a host without rules; a table that never ends is not. What stands in one is read later. */
function isRulesSave(text: string): boolean {
  let inTable = false;
  for (const [, begin] of text.matchAll(/^(?:\*(\w+)|COMMIT)$/gm)) {
    if ((begin === undefined) !== inTable) return false;
    inTable = begin !== undefined;
  }
  const hasContent = /^[^#\n]/m.test(text);
  return !inTable && (text.endsWith("COMMIT\n") || /\nCOMMIT\n(#.*\n)*$/.test(text) || !hasContent);
}

function isSetsSave(text: string): boolean {
  return (
    (text === "" || text.endsWith("\n")) && contentOf(text).every((line) => /^(create|add) \S/.test(line))
  );
}

function isRuleset(text: string): boolean {
  return contentOf(text).length === 0 || (/^table arp /m.test(text) && /^\}$/m.test(text));
}

function isQdiscs(text: string): boolean {
  return text.split("\n").every((line) => line === "" || /^(qdisc |filter |\s)/.test(line));
}

function isSysctls(text: string): boolean {
  return contentOf(text).every((line) => /^\S+ = /.test(line) || /^\S+ =$/.test(line));
}
