import { Argument, Command } from "commander";
import { examples } from "../output/examples.ts";
import { SHELLS, type Shell } from "./completion/scripts.ts";

/** `calicoctl completion`: a script that lets a shell complete commands, options, kinds and names of resources. */
export function completionCommand(): Command {
  return new Command("completion")
    .description("Print the script that makes a shell complete what is typed after calicoctl")
    .addArgument(new Argument("<shell>").choices([...SHELLS]))
    .addHelpText(
      "after",
      examples({
        "source <(calicoctl completion bash)": "for this shell of bash, or zsh in the same way",
        "calicoctl completion fish > ~/.config/fish/completions/calicoctl.fish": "for every fish",
      }),
    )
    .action(async (shell: Shell) => {
      const { completionScript } = await import("./completion/scripts.ts");
      process.stdout.write(completionScript(shell));
    });
}

/** What the scripts call: the words after `calicoctl`, the last of which is being typed. */
export const COMPLETE = "__complete";

export async function complete(root: Command, words: readonly string[]): Promise<void> {
  const { candidates } = await import("./completion/candidates.ts");
  const found = await candidates(root, words);
  process.stdout.write(found.map((word) => `${word}\n`).join(""));
}
