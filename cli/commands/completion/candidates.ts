import type { Command, Option } from "commander";
import { CALICO_API_VERSION } from "../../../runtime/datastore/kinds.ts";
import { DEFAULT_CONFIG } from "../../datastore/config-file.ts";
import { openDatastore } from "../../datastore/open.ts";
import { kindNamed, MANAGED_KINDS } from "../../resources/kinds.ts";

/** Commands whose words are a kind and names of resources. */
const OF_RESOURCES: ReadonlySet<string> = new Set(["get", "delete", "label", "patch", "edit"]);
const FORMATS = [
  "ps",
  "wide",
  "yaml",
  "json",
  "name",
  "custom-columns=",
  "go-template=",
  "go-template-file=",
];
/** Milliseconds that a person may wait for names. */
const PATIENCE = 2000;

/** What may be typed in place of the last word; sorted. Nothing where the shell knows better: files, values. */
export async function candidates(root: Command, words: readonly string[]): Promise<readonly string[]> {
  const last = words.at(-1) ?? "";
  // `--output=y` is one word in zsh and fish, three in bash.
  const [option, value] = /^--[^=]+=/.test(last)
    ? last.split(/=(.*)/s)
    : [undefined, last === "=" ? "" : last];
  const before = words.slice(0, -1).filter((word) => word !== "=");
  const { command, operands, awaiting, values } = read(
    root,
    option === undefined ? before : [...before, option],
  );
  const offered = await offers(command, operands, awaiting, values, value ?? "");
  const prefix = option === undefined ? "" : `${option}=`;
  return offered
    .filter((word) => word.startsWith(value ?? ""))
    .sort()
    .map((word) => prefix + word);
}

async function offers(
  command: Command,
  operands: readonly string[],
  awaiting: Option | undefined,
  values: ReadonlyMap<string, string>,
  typed: string,
): Promise<readonly string[]> {
  if (awaiting !== undefined)
    return awaiting.argChoices ?? (command.name() === "get" && awaiting.long === "--output" ? FORMATS : []);
  const help = command.createHelp();
  if (typed.startsWith("-")) return help.visibleOptions(command).flatMap(({ long }) => long ?? []);
  const below = help.visibleCommands(command).filter((child) => child.name() !== "help");
  if (below.length > 0) return below.map((child) => child.name());
  if (!OF_RESOURCES.has(command.name()))
    return command.registeredArguments[operands.length]?.argChoices ?? [];
  const [kind] = operands;
  if (kind === undefined) return MANAGED_KINDS.map(({ names }) => names[0] ?? "");
  const isName = operands.length === 1 || command.name() === "get" || command.name() === "delete";
  return isName ? namesOf(kind, values) : [];
}

/** The command that the words lead to, its operands, and the option whose value comes next. */
function read(root: Command, words: readonly string[]) {
  let command = root;
  let awaiting: Option | undefined;
  const operands: string[] = [];
  const values = new Map<string, string>();
  for (const word of words) {
    if (awaiting !== undefined) {
      values.set(awaiting.attributeName(), word);
      awaiting = undefined;
    } else if (word.startsWith("-") && word !== "-") {
      const [flag] = word.split("=");
      const option = command.options.find(({ short, long }) => short === flag || long === flag);
      if (option !== undefined && (option.required || option.optional) && !word.includes("="))
        awaiting = option;
    } else {
      const child = operands.length > 0 ? undefined : command.commands.find((each) => each.name() === word);
      if (child === undefined) operands.push(word);
      else command = child;
    }
  }
  return { command, operands, awaiting, values };
}

/** Of the kind's resources in the namespace that the command line says; none where the datastore does not answer. */
async function namesOf(kind: string, values: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const managed = kindNamed(kind);
  if (managed === undefined) return [];
  const type = { apiVersion: CALICO_API_VERSION, kind: managed.kind };
  const namespace = values.get("namespace") ?? "default";
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, undefined);
  });
  // Nobody reads an error between two keystrokes.
  const opened = await openDatastore(values.get("config") ?? DEFAULT_CONFIG).catch(() => undefined);
  try {
    const page = opened?.datastore.list(managed.namespaced ? { ...type, namespace } : type);
    const answer = await Promise.race([page?.catch(() => undefined), late]);
    return answer?.items.map(({ key }) => key.name) ?? [];
  } finally {
    clearTimeout(timer);
    await opened?.datastore.close();
  }
}
