import { type Command, Option } from "commander";
import { DEFAULT_CONFIG } from "./config-file.ts";

export interface DatastoreRequest {
  /** Path of a `CalicoAPIConfig`. */
  readonly config: string;
  readonly context?: string;
}

/** What every command that opens a datastore takes, by Calico's names. */
export function datastoreOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "how to connect to the datastore, in YAML or JSON", DEFAULT_CONFIG)
    .option("--context <name>", "the context of the kubeconfig to use")
    .addOption(
      new Option(
        "--allow-version-mismatch",
        "accepted for Calico's sake: versions of client and cluster are never compared",
      ),
    )
    .addOption(
      new Option("-l, --log-level <level>", "accepted for Calico's sake: nothing is logged").hideHelp(),
    )
    .hook("preAction", (_, action) => {
      const { context } = action.opts<DatastoreRequest>();
      // As in Calico, the flag is another way to say the variable.
      if (context !== undefined) process.env.K8S_CURRENT_CONTEXT = context;
    });
}
