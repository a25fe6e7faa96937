import { Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import { ending, inputOptions } from "../resources/command.ts";
import type { GetRequest } from "./get/run.ts";

/** `calicoctl get`: shows resources of the datastore. */
export function getCommand(): Command {
  const command = inputOptions(
    new Command("get")
      .description("Show resources by kind and names, or those that files name")
      .argument("[kind]", "as in 'ippool' or 'gnp'")
      .argument("[names...]"),
  )
    .option(
      "-o, --output <format>",
      "ps, wide, yaml, json, name, custom-columns=NAME,…, go-template=TEXT or go-template-file=FILE",
      "ps",
    )
    .option("-A, --all-namespaces", "resources of all namespaces")
    .addOption(new Option("-a", "the same as -A").hideHelp())
    .option("--export", "of named resources: leave out what only this cluster knows")
    .option("--selector <selector>", "only those whose labels match, in Calico's language of selectors")
    .option("-w, --watch", "go on and show each change");
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl get policy -A": "policies of all namespaces",
        "calicoctl get ippool -o wide": "pools with all columns",
        "calicoctl get gnp allow-dns -o yaml > allow-dns.yaml": "one policy, to be edited and applied",
        "calicoctl get globalnetworkset --selector \"role == 'db'\" -w": "follow the sets with a label",
        "calicoctl get ippool -o go-template='{{range .}}{{range .Items}}{{.Spec.CIDR}} {{end}}{{end}}'":
          "by a template of Go",
      }),
    )
    .action(
      async (kind: string | undefined, names: readonly string[], request: GetRequest & { a?: boolean }) => {
        const { runGet } = await import("./get/run.ts");
        const asked = request.a ? { ...request, allNamespaces: true } : request;
        process.exitCode = await ending(() => runGet(kind, names, asked));
      },
    );
}
