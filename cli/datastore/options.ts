import { type Command, Option } from "commander";
import { DEFAULT_CONFIG } from "./config-file.ts";

export interface DatastoreRequest {
  /** Path of a `CalicoAPIConfig`. */
  readonly config: string;
  readonly context?: string;
}

/** What every command that opens a datastore takes, by Calico's names. */
export function datastoreOptions(command: Command): Command {
  command.option("-c, --config <file>", "how to connect to the datastore, in YAML or JSON", DEFAULT_CONFIG);
  return commonOptions(command, (option) => option);
}

/** Calico takes these also in front of the command, where ours take them without a word in the help. */
export function globalOptions(root: Command): Command {
  return commonOptions(root.enablePositionalOptions(), (option) => option.hideHelp());
}

function commonOptions(command: Command, shown: (option: Option) => Option): Command {
  return command
    .addOption(shown(new Option("--context <name>", "the context of the kubeconfig to use")))
    .addOption(
      shown(
        new Option(
          "--allow-version-mismatch",
          "accepted for Calico's sake: versions of client and cluster are never compared",
        ),
      ),
    )
    .addOption(
      new Option("-l, --log-level <level>", "accepted for Calico's sake: nothing is logged").hideHelp(),
    )
    .hook("preAction", () => {
      const { context } = command.opts<DatastoreRequest>();
      // As in Calico, the flag is another way to say the variable.
      if (context !== undefined) process.env.K8S_CURRENT_CONTEXT = context;
    });
}
