import { Command, CommanderError } from "commander";
import { applyCommand } from "./commands/apply.ts";
import { clusterCommand } from "./commands/cluster.ts";
import { compileCommand } from "./commands/compile.ts";
import { COMPLETE, complete, completionCommand } from "./commands/completion.ts";
import { confirmCommand, watchdogCommand } from "./commands/confirm.ts";
import { convertCommand } from "./commands/convert.ts";
import { createCommand } from "./commands/create.ts";
import { datastoreCommand } from "./commands/datastore.ts";
import { deleteCommand } from "./commands/delete.ts";
import { diffCommand } from "./commands/diff.ts";
import { driftCommand } from "./commands/drift.ts";
import { editCommand } from "./commands/edit.ts";
import { explainCommand } from "./commands/explain.ts";
import { getCommand } from "./commands/get.ts";
import { historyCommand } from "./commands/history.ts";
import { inventoryCommand } from "./commands/inventory.ts";
import { ipamCommand } from "./commands/ipam.ts";
import { labCommand } from "./commands/lab.ts";
import { labelCommand } from "./commands/label.ts";
import { lintCommand } from "./commands/lint.ts";
import { nodeCommand } from "./commands/node.ts";
import { patchCommand } from "./commands/patch.ts";
import { planCommand } from "./commands/plan.ts";
import { replaceCommand } from "./commands/replace.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { uninstallDataplaneCommand } from "./commands/uninstall-dataplane.ts";
import { validateCommand } from "./commands/validate.ts";
import { verifyCommand } from "./commands/verify.ts";
import { versionCommand } from "./commands/version.ts";
import { globalOptions } from "./datastore/options.ts";
import { UserError } from "./output/errors.ts";
import { VERSION } from "./version.ts";

/** By name, in the order of the help. */
const COMMANDS: Readonly<Record<string, () => Command>> = {
  create: createCommand,
  replace: replaceCommand,
  delete: deleteCommand,
  get: getCommand,
  patch: patchCommand,
  edit: editCommand,
  label: labelCommand,
  diff: diffCommand,
  validate: validateCommand,
  convert: convertCommand,
  version: versionCommand,
  lint: lintCommand,
  compile: compileCommand,
  verify: verifyCommand,
  explain: explainCommand,
  plan: planCommand,
  apply: applyCommand,
  confirm: confirmCommand,
  history: historyCommand,
  rollback: rollbackCommand,
  drift: driftCommand,
  "uninstall-dataplane": uninstallDataplaneCommand,
  inventory: inventoryCommand,
  ipam: ipamCommand,
  datastore: datastoreCommand,
  lab: labCommand,
  node: nodeCommand,
  cluster: clusterCommand,
  completion: completionCommand,
};

/**
 * The `calicoctl` program. Each command registers itself; what it needs is loaded when it runs. Where `name` is one of
 * the commands the others are left out: to make them all takes several milliseconds.
 */
export function program(name = ""): Command {
  const root = globalOptions(new Command("calicoctl"))
    .description("Compiles Calico resources into a host's dataplane, shows it, and applies it")
    .version(VERSION, "-v, --version")
    .showHelpAfterError("(run with --help for the options)")
    .exitOverride();
  const commands = Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]!] : Object.values(COMMANDS);
  // Commands that are made elsewhere do not inherit by themselves: without it they would end the process.
  for (const make of commands) root.addCommand(inheriting(root, make()));
  root.addCommand(inheriting(root, watchdogCommand()), { hidden: true });
  return root;
}

function inheriting(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent);
  for (const own of command.commands) inheriting(command, own);
  return command;
}

export async function main(argv: readonly string[]): Promise<number> {
  try {
    const [first, , ...words] = argv;
    if (first === COMPLETE) {
      await complete(program(), words);
      return 0;
    }
    await program(first).parseAsync([...argv], { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    // Commander has printed its message already; help and version are no failures.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (error instanceof UserError) {
      process.stderr.write(`calicoctl: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}
