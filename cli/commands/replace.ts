import { Command } from "commander";
import { examples } from "../output/examples.ts";
import { ending, inputOptions } from "../resources/command.ts";
import type { WriteRequest } from "../resources/write.ts";

/** `calicoctl replace`: writes resources over those that are there. */
export function replaceCommand(): Command {
  const command = inputOptions(
    new Command("replace").description(
      "Replace resources by those of files; those that do not exist are errors",
    ),
  );
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl replace -f allow-dns.yaml": "put an edited policy in the place of the old one",
      }),
    )
    .action(async (request: WriteRequest) => {
      const { replaceResources } = await import("../resources/write.ts");
      process.exitCode = await ending(() => replaceResources(request));
    });
}
