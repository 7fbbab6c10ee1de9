/**
 * `completion`: prints a script for a shell. Each script asks the program itself for what may come next, one `word<TAB>meaning` a line,
 * and only in the project's folder: elsewhere, and for other words after `deno`, earlier completions stay in force.
 */
import { argument, message, object } from "@optique/core";
import { oneOfThese } from "./shared/one_of_these.ts";
import { defineCommand } from "./shared/command.ts";
import { debug } from "./shared/flags.ts";
import { openProject } from "./shared/project_io.ts";
import { print } from "../reporters/print_io.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = typeof SHELLS[number];

interface CompletionTarget {
  /** Absolute path of the project's folder. */
  readonly root: string;
  /** Command and arguments to which the words after `deno task` are appended. */
  readonly command: readonly string[];
}

export const command = defineCommand({
  brief: message`Print a completion script for bash, zsh or fish.`,
  description:
    message`What the script completes, inside this project's folder: tasks, options, configuration keys, names of runs and tasks.`,
  examples: [
    ["completion bash >> ~/.bashrc", "bash; zsh: >> ~/.zshrc"],
    ["completion fish > ~/.config/fish/completions/deno.fish", "fish"],
  ],
  parser: object({
    shell: argument(oneOfThese(SHELLS, "SHELL"), {
      description: message`The shell to complete in.`,
    }),
    debug,
  }),
  run: ({ shell }) => printScript(shell),
});

function printScript(shell: Shell): number {
  const { root } = openProject();
  const command = [
    Deno.execPath(),
    "run",
    "--quiet",
    "--allow-all",
    `${root}/pipeline/cli.ts`,
    "complete",
    "--",
  ];
  print(...SCRIPTS[shell]({ root, command }).split("\n"));
  return 0;
}

const SCRIPTS: Readonly<Record<Shell, (target: CompletionTarget) => string>> = { bash, zsh, fish };

/** Bash takes `=` and `:` for ends of words, so words are cut from the line here, and answers after the last of them. */
function bash({ root, command }: CompletionTarget): string {
  return `# Completion of "deno task" in ${root}
__speech_previous=$(complete -p deno 2>/dev/null | sed -n 's/.*-F \\([^ ]*\\).*/\\1/p')
[[ $__speech_previous == __speech_complete ]] && __speech_previous=
__speech_complete() {
  local line="\${COMP_LINE:0:COMP_POINT}" current words=() answer
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  if [[ "$PWD/" != ${quoted(root)}/* || \${words[1]} != task || \${#words[@]} -lt 3 ]]; then
    [[ -n $__speech_previous ]] && "$__speech_previous" "$@"
    return
  fi
  current="\${words[-1]}"
  local cut="\${current%"\${current##*[=:]}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r answer _; do
    [[ $answer == "$current"* ]] && COMPREPLY+=("\${answer#"$cut"}")
  done < <(${command.map(quoted).join(" ")} "\${words[@]:2}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F __speech_complete deno
`;
}

function zsh({ root, command }: CompletionTarget): string {
  return `# Completion of "deno task" in ${root}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
typeset -g __speech_previous=\${\${_comps[deno]:-}:#__speech_complete}
__speech_complete() {
  if [[ "$PWD/" != ${quoted(root)}/* || \${words[2]} != task || $CURRENT -lt 3 ]]; then
    [[ -n $__speech_previous ]] && $__speech_previous "$@"
    return
  fi
  local -a plain open
  local answer meaning
  while IFS=$'\\t' read -r answer meaning; do
    if [[ $answer == *= ]]; then open+=("\${answer//:/\\\\:}:$meaning"); else plain+=("\${answer//:/\\\\:}:$meaning"); fi
  done < <(${command.map(quoted).join(" ")} "\${(@)words[3,CURRENT]}" 2>/dev/null)
  (( $#open )) && _describe -V key open -S ''
  (( $#plain )) && _describe -V word plain
  (( $#open + $#plain )) || _files
}
compdef __speech_complete deno
`;
}

/** Deno's own completions erase all others when they load, so they are loaded first. */
function fish({ root, command }: CompletionTarget): string {
  return `# Completion of "deno task" in ${root}, beside Deno's own
type -q deno; and deno completions fish | source
function __speech_here
  set -l words (commandline -opc)
  string match -q -- ${quoted(`${root}/*`)} "$PWD/"; and test (count $words) -ge 2; and test $words[2] = task
end
function __speech_words
  set -l words (commandline -opc) (commandline -ct)
  ${command.map(quoted).join(" ")} $words[3..-1] 2>/dev/null
end
complete -c deno -n __speech_here -f -a '(__speech_words)'
`;
}

/** One word for any of the three shells. */
function quoted(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
