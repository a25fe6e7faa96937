import { Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { CrdsRequest } from "./datastore/crds.ts";

/** `calicoctl datastore`: the store itself, not what is in it. */
export function datastoreCommand(): Command {
  return new Command("datastore").description("Prepare a datastore").addCommand(crdsCommand());
}

function crdsCommand(): Command {
  return new Command("crds")
    .description("Print the definitions of Calico's custom resources for a Kubernetes datastore")
    .addOption(
      new Option("--api-group <group>", "the group that they are of")
        .choices(["crd.projectcalico.org/v1", "projectcalico.org/v3"])
        .env("CALICO_API_GROUP")
        .default("crd.projectcalico.org/v1"),
    )
    .addHelpText(
      "after",
      examples({
        "calicoctl datastore crds | kubectl apply --server-side -f -": "install them",
        "calicoctl datastore crds --api-group projectcalico.org/v3": "those without Calico's API server",
      }),
    )
    .action(async (request: CrdsRequest) => {
      const { printCrds } = await import("./datastore/crds.ts");
      process.exitCode = await ending(() => printCrds(request));
    });
}
