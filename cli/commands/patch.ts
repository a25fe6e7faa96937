import { Command } from "commander";
import { datastoreOptions } from "../datastore/options.ts";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { PatchRequest } from "./patch/run.ts";

/** `calicoctl patch`: changes some fields of one resource. */
export function patchCommand(): Command {
  const command = datastoreOptions(
    new Command("patch")
      .description("Change fields of a resource and leave the others as they are")
      .argument("<kind>")
      .argument("<name>"),
  )
    .requiredOption("-p, --patch <patch>", "the patch, as JSON or YAML")
    .option(
      "-t, --type <type>",
      "strategic or merge: fields, of which null removes one; json: operations of RFC 6902",
      "strategic",
    )
    .option("-n, --namespace <name>", 'the namespace of a namespaced resource (default: "default")');
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl patch ippool old -p '{spec: {disabled: true}}'": "stop giving out addresses of a pool",
        "calicoctl patch felixconfig default -p '{spec: {logSeverityScreen: null}}'": "remove a field",
        "calicoctl patch gnp web --type json -p '[{op: add, path: /spec/ingress/0, value: {action: Log}}]'":
          "put a rule in front of the others",
      }),
    )
    .action(async (kind: string, name: string, request: PatchRequest) => {
      const { runPatch } = await import("./patch/run.ts");
      process.exitCode = await ending(() => runPatch(kind, name, request));
    });
}
