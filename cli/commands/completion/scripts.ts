export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Where there is nothing to offer the shells offer files. */
const BASH = `_calicoctl() {
  local IFS=$'\\n'
  COMPREPLY=($(calicoctl __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _calicoctl calicoctl
`;

const FISH = `complete -c calicoctl -a '(calicoctl __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`;

export function completionScript(shell: Shell): string {
  switch (shell) {
    case "bash":
      return BASH;
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${BASH}`;
    case "fish":
      return FISH;
  }
}
