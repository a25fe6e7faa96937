import { Command } from "commander";
import { datastoreOptions } from "../datastore/options.ts";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { CheckRequest } from "./ipam/check.ts";
import type { ConfigureRequest } from "./ipam/configure.ts";
import type { ReleaseRequest } from "./ipam/release.ts";
import type { ShowRequest } from "./ipam/show.ts";
import type { SplitRequest } from "./ipam/split.ts";

/** `calicoctl ipam`: who has which addresses. */
export function ipamCommand(): Command {
  return new Command("ipam")
    .description("Addresses: how many are left, who has them, and what has leaked")
    .addCommand(showCommand())
    .addCommand(checkCommand())
    .addCommand(releaseCommand())
    .addCommand(configureCommand())
    .addCommand(splitCommand());
}

function showCommand(): Command {
  return datastoreOptions(new Command("show").description("How full the pools are, or whose an address is"))
    .option("--ip <address>", "whose this address is")
    .option("--show-blocks", "blocks as well as pools")
    .option("--show-borrowed", "addresses that nodes have of blocks of others")
    .option("--show-configuration", "the settings of the allocator")
    .addHelpText(
      "after",
      examples({
        "calicoctl ipam show": "how full each pool is",
        "calicoctl ipam show --ip=10.244.1.7": "the pod that has an address",
      }),
    )
    .action(async (request: ShowRequest) => {
      const { show } = await import("./ipam/show.ts");
      process.exitCode = await ending(() => show(request));
    });
}

function checkCommand(): Command {
  return datastoreOptions(
    new Command("check").description("Whether blocks, handles and those who use addresses agree"),
  )
    .option("--show-all-ips", "all addresses, and who uses them")
    .option("--show-problem-ips", "addresses that have leaked or are not allocated as they should be")
    .option("-o, --output <file>", "also write a report, for ipam release --from-report")
    .option("--kubeconfig <file>", "where services are, if the datastore is etcd (default: KUBECONFIG)")
    .addHelpText(
      "after",
      examples({
        "calicoctl ipam check --show-problem-ips": "find what has leaked",
        "calicoctl ipam check -o report.json": "and note it for a release",
      }),
    )
    .action(async (request: CheckRequest) => {
      const { check } = await import("./ipam/check.ts");
      process.exitCode = await ending(() => check(request));
    });
}

function releaseCommand(): Command {
  return datastoreOptions(
    new Command("release").description("Give addresses back that nobody uses; endpoints are not touched"),
  )
    .option("--ip <address>", "one address")
    .option(
      "--from-report <file...>",
      "what a report of ipam check calls leaked; of several reports what all of them do",
    )
    .option("--force", "also without a lock, and from a report of another version")
    .addHelpText(
      "after",
      examples({
        "calicoctl ipam release --ip=10.244.1.7": "one address",
        "calicoctl ipam release --from-report=before.json --from-report=now.json":
          "what had leaked an hour ago, and still has",
      }),
    )
    .action(async (request: ReleaseRequest) => {
      const { release } = await import("./ipam/release.ts");
      process.exitCode = await ending(() => release(request));
    });
}

function configureCommand(): Command {
  return datastoreOptions(new Command("configure").description("Change the settings of the allocator"))
    .option("--strictaffinity <bool>", "true: no node takes addresses of another one's block")
    .option("--max-blocks-per-host <number>", "the most blocks that a node may have; 0: 20")
    .option(
      "--kubevirt-ip-persistence <setting>",
      "Enabled or Disabled: virtual machines keep their addresses",
    )
    .option(
      "--ip-cooldown-seconds <seconds>",
      "how long an address is not used again; -1: leave as it is",
      "-1",
    )
    .addHelpText(
      "after",
      examples({ "calicoctl ipam configure --strictaffinity=true": "forbid borrowed addresses" }),
    )
    .action(async (request: ConfigureRequest) => {
      const { configure } = await import("./ipam/configure.ts");
      process.exitCode = await ending(() => configure(request));
    });
}

function splitCommand(): Command {
  return datastoreOptions(
    new Command("split")
      .description("Replace a pool by smaller ones; addresses in use stay with who has them")
      .argument("<number>", "how many pools to make of it: a power of two"),
  )
    .option("--cidr <cidr>", "the pool with exactly this network")
    .option("--name <name>", "the pool with this name")
    .addHelpText(
      "after",
      examples({ "calicoctl ipam split --cidr=10.244.0.0/16 2": "two halves, after datastore migrate lock" }),
    )
    .action(async (number: string, request: SplitRequest) => {
      const { split } = await import("./ipam/split.ts");
      process.exitCode = await ending(() => split(number, request));
    });
}
