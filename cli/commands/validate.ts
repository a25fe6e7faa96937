import { Command } from "commander";
import { examples } from "../output/examples.ts";
import { ending, inputOptions } from "../resources/command.ts";
import type { InputRequest } from "../resources/input.ts";

/** `calicoctl validate`: checks resources without a datastore. */
export function validateCommand(): Command {
  const command = inputOptions(
    new Command("validate").description("Check the resources of files, each by itself, without a datastore"),
  );
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl validate -R -f policies/": "every file below a directory",
      }),
    )
    .action(async (request: InputRequest) => {
      const { validateResources } = await import("../resources/write.ts");
      process.exitCode = await ending(() => validateResources(request));
    });
}
