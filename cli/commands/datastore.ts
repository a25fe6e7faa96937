import { Command, Option } from "commander";
import { type DatastoreRequest, datastoreOptions } from "../datastore/options.ts";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { CrdsRequest } from "./datastore/crds.ts";
import type { ImportRequest } from "./datastore/migrate/import.ts";

/** `calicoctl datastore`: the store itself, not what is in it. */
export function datastoreCommand(): Command {
  return new Command("datastore")
    .description("Prepare a datastore, lock it, or move it to another")
    .addCommand(crdsCommand())
    .addCommand(migrateCommand());
}

function migrateCommand(): Command {
  return new Command("migrate")
    .description("Move the resources of etcd to Kubernetes: lock, export, import, unlock")
    .addCommand(lockCommand("lock", false, "Keep new resources from having effect", "before an export"))
    .addCommand(lockCommand("unlock", true, "Let resources have effect again", "after an import"))
    .addCommand(exportCommand())
    .addCommand(importCommand());
}

function lockCommand(name: string, ready: boolean, description: string, when: string): Command {
  return datastoreOptions(new Command(name).description(description))
    .addHelpText("after", examples({ [`calicoctl datastore migrate ${name}`]: when }))
    .action(async (request: DatastoreRequest) => {
      const { setReady } = await import("./datastore/migrate/lock.ts");
      process.exitCode = await ending(() => setReady(request, ready));
    });
}

function exportCommand(): Command {
  return datastoreOptions(
    new Command("export").description(
      "Print what a locked etcd holds, but endpoints and profiles, for import",
    ),
  )
    .addHelpText(
      "after",
      examples({
        "calicoctl datastore migrate export > etcd.export": "save it, after datastore migrate lock",
      }),
    )
    .action(async (request: DatastoreRequest) => {
      const { exportDatastore } = await import("./datastore/migrate/export.ts");
      process.exitCode = await ending(() => exportDatastore(request));
    });
}

function importCommand(): Command {
  return datastoreOptions(
    new Command("import").description("Write an export into a Kubernetes datastore that holds nothing else"),
  )
    .requiredOption("-f, --filename <file>", "the export, or - for standard input")
    .option("--dry-run", "read and check everything, and write nothing")
    .addHelpText(
      "after",
      examples({
        "calicoctl datastore migrate import -f etcd.export --dry-run": "see whether it can be imported",
        "calicoctl datastore migrate import -f etcd.export": "and do it",
      }),
    )
    .action(async (request: ImportRequest) => {
      const { importDatastore } = await import("./datastore/migrate/import.ts");
      process.exitCode = await ending(() => importDatastore(request));
    });
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
