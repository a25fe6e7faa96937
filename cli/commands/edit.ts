import { Command } from "commander";
import { datastoreOptions } from "../datastore/options.ts";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { EditRequest } from "./edit/run.ts";

/** `calicoctl edit`: one resource in an editor, and back into the datastore. */
export function editCommand(): Command {
  return datastoreOptions(
    new Command("edit")
      .description("Edit a resource of the datastore in an editor (VISUAL, EDITOR, or vi)")
      .argument("<kind>")
      .argument("<name>"),
  )
    .option("-n, --namespace <name>", 'the namespace of a namespaced resource (default: "default")')
    .addHelpText("after", examples({ "calicoctl edit gnp allow-dns": "change a policy where it is" }))
    .action(async (kind: string, name: string, request: EditRequest) => {
      const { runEdit } = await import("./edit/run.ts");
      process.exitCode = await ending(() => runEdit(kind, name, request));
    });
}
