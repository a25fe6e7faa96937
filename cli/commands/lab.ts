import { Command, InvalidArgumentError, Option } from "commander";
import { iptablesBackendOption } from "../input/compile-options.ts";
import { examples } from "../output/examples.ts";
import type { LabProbeRequest } from "./lab/probe.ts";
import type { LabUpRequest } from "./lab/up.ts";

const DEFAULT_NAME = "lab";

/** `calicoctl lab`: the cluster that resources describe, out of network namespaces on this machine. */
export function labCommand(): Command {
  const lab = new Command("lab")
    .description("Run the cluster that resources describe in network namespaces of this machine (needs root)")
    // Options after the command that `exec` runs are that command's.
    .enablePositionalOptions();
  const nameOption = () => new Option("--name <lab>", "which lab").default(DEFAULT_NAME);
  lab
    .command("up")
    .description("Build the lab, or bring it to what the resources say now")
    .requiredOption(
      "-f, --filename <path...>",
      "files, directories (recursive), globs, or - for standard input",
    )
    .addOption(nameOption())
    .addOption(iptablesBackendOption())
    .option("--interface-prefix <prefix>", "first part of the names of pods' interfaces (default: cali)")
    .option("--timeout <seconds>", "how long BGP may take to converge", positive(3600), 90)
    .addHelpText(
      "after",
      examples({ "sudo calicoctl lab up -f cluster/": "every node as a network namespace" }),
    )
    .action(async (request: LabUpRequest) => {
      const { runLabUp } = await import("./lab/up.ts");
      process.exitCode = await runLabUp(request);
    });
  lab
    .command("status")
    .description("Nodes, workloads and BGP sessions of a lab")
    .addOption(nameOption())
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .addHelpText("after", examples({ "sudo calicoctl lab status": "what runs, and which sessions stand" }))
    .action(async (request: { readonly name: string; readonly output: "text" | "json" }) => {
      const { runLabStatus } = await import("./lab/status.ts");
      process.exitCode = await runLabStatus(request);
    });
  lab
    .command("probe")
    .description("Try every connection between nodes and workloads, beside what the resources say of it")
    .addOption(nameOption())
    .option("--port <port>", "try this TCP port, instead of those that pods declare", positive(65_535))
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .addHelpText("after", examples({ "sudo calicoctl lab probe": "what may be reached, and what really is" }))
    .action(async (request: LabProbeRequest) => {
      const { runLabProbe } = await import("./lab/probe.ts");
      process.exitCode = await runLabProbe(request);
    });
  lab
    .command("exec")
    .description("Run a command on a node, in a workload, or on a router of a lab")
    .argument("<where>", "NODE, NAMESPACE/POD, or a router's address")
    .argument("<command...>", "what to run, after --")
    .addOption(nameOption())
    .passThroughOptions()
    .addHelpText(
      "after",
      examples({ "sudo calicoctl lab exec shop/web-1 -- ip route": "the routes of a pod" }),
    )
    .action(async (where: string, command: readonly string[], request: { readonly name: string }) => {
      const { runLabExec } = await import("./lab/exec.ts");
      process.exitCode = await runLabExec(where, command, request);
    });
  lab
    .command("down")
    .description("Remove a lab: processes, namespaces, devices and files, also after a crash")
    .addOption(nameOption())
    .addHelpText("after", examples({ "sudo calicoctl lab down": "all of it gone" }))
    .action(async (request: { readonly name: string }) => {
      const { runLabDown } = await import("./lab/down.ts");
      process.exitCode = await runLabDown(request);
    });
  lab.command("agent", { hidden: true }).action(async () => {
    const { runProbeAgent } = await import("../../runtime/host/probe-agent.ts");
    runProbeAgent();
  });
  return lab;
}

function positive(max: number): (text: string) => number {
  return (text) => {
    if (!/^\d{1,5}$/.test(text) || Number(text) > max || Number(text) === 0)
      throw new InvalidArgumentError(`Not a number from 1 to ${max}.`);
    return Number(text);
  };
}
