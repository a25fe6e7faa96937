import { Command } from "commander";
import { datastoreOptions } from "../datastore/options.ts";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { ExportRequest } from "./inventory/export.ts";

/** `calicoctl inventory`: what the cluster does by itself, apart from what people write. */
export function inventoryCommand(): Command {
  return new Command("inventory")
    .description("What runs in the cluster: nodes, pods, addresses")
    .addCommand(exportCommand());
}

function exportCommand(): Command {
  const command = datastoreOptions(
    new Command("export").description(
      "Print the datastore's inventory, for the --inventory of other commands",
    ),
  );
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl inventory export > inventory.yaml": "save it",
        "calicoctl compile -f policies/ --inventory inventory.yaml":
          "and compile policies against it elsewhere",
      }),
    )
    .action(async (request: ExportRequest) => {
      const { exportInventory } = await import("./inventory/export.ts");
      process.exitCode = await ending(() => exportInventory(request));
    });
}
