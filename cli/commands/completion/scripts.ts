export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Each hands the words up to the cursor to `calicoctl __complete`; where that offers nothing the shell offers files. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_calicoctl() {
  local IFS=$'\\n'
  COMPREPLY=($(calicoctl __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _calicoctl calicoctl
`,
  zsh: `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_calicoctl() {
  local -a found
  found=("\${(@f)$(calicoctl __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z $found[1] ]]; then
    _files
  else
    compadd -S '' -- \${(M)found:#*=}
    compadd -- \${found:#*=}
  fi
}
compdef _calicoctl calicoctl
`,
  fish: `function __calicoctl_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l found (calicoctl __complete -- $words[2..-1] "$typed" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path "$typed"
    end
end
complete -c calicoctl -f -a '(__calicoctl_complete)'
`,
};

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
