import { Command } from "commander";
import { examples } from "../output/examples.ts";
import { ending, inputOptions } from "../resources/command.ts";
import type { DeleteRequest } from "./delete/run.ts";

/** `calicoctl delete`: takes resources away. */
export function deleteCommand(): Command {
  const command = inputOptions(
    new Command("delete")
      .description("Delete resources by kind and names, or those that files name")
      .argument("[kind]")
      .argument("[names...]"),
  ).option("-s, --skip-not-exists", "resources that are not there are no mistake");
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl delete gnp allow-dns allow-ntp": "two policies",
        "calicoctl delete -f old/ --skip-not-exists": "all that a directory names, if it is there",
      }),
    )
    .action(async (kind: string | undefined, names: readonly string[], request: DeleteRequest) => {
      const { runDelete } = await import("./delete/run.ts");
      process.exitCode = await ending(() => runDelete(kind, names, request));
    });
}
