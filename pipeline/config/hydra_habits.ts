/** What people type who know Hydra, and what says the same here. Pure. */

/** Options, with what to do in their place. */
const FLAGS: readonly (readonly [names: readonly string[], instead: string])[] = [
  [["-m", "--multirun"], "lists of values make several runs by themselves, as in seed=0,1,2: leave it out"],
  [
    ["-c", "--cfg", "-p", "--package", "--resolve"],
    "every value, and where it comes from, is what --print-config prints",
  ],
  [
    ["-cn", "--config-name"],
    "each task has its own file, as deno task asr has conf/asr.yaml; another file of a group is GROUP=NAME, one of " +
    "conf/sweep is deno task sweep --config NAME",
  ],
  [
    ["-cp", "--config-path", "-cd", "--config-dir"],
    "files are in conf/: one of your own in the folder of a group is chosen as GROUP=NAME",
  ],
  [["-i", "--info"], "what would run, and why, is what --dry-run says"],
  [["-r", "--run", "--experimental-rerun"], "the same command again goes on where it was: leave it out"],
  [["-sc", "--shell-completion"], "completion is a command: deno task completion bash, zsh or fish"],
  [["--hydra-help"], "what there is, is what --help says"],
];

/** What to do in place of an option. @param name `--multirun`. */
export function habitOfFlag(name: string): string | undefined {
  return FLAGS.find(([names]) => names.includes(name))?.[1];
}

/** What to type in place of an override of Hydra's grammar that is not one here; nothing where none is seen. */
export function habitOfOverride(text: string): string | undefined {
  const [key = "", value = ""] = text.split(/=(.*)/s, 2);
  if (text.startsWith("+")) return `all keys are there and none is added: write ${text.replace(/^\++/, "")}`;
  if (text.startsWith("~")) {
    const name = key.slice(1);
    return `nothing is taken away: write ${name}=null, or ${name}=NAME for another file of a group`;
  }
  if (/^hydra([./@]|$)/.test(key)) {
    return "Hydra is not used: --store DIR says where results are kept, --executor and --jobs where and how many tasks run";
  }
  if (key.includes("@")) return `a group's place is its name: write ${key.split("@")[0]}=${value}`;
  if (key.includes("/")) {
    return `parts of a key are joined by dots: write ${key.replaceAll("/", ".")}=${value}`;
  }
  return habitOfValue(key, value.trim());
}

const FUNCTION =
  /^(choice|range|interval|glob|sort|shuffle|tag|int|float|str|bool|json_str|extend_list)\((.*)\)$/s;

function habitOfValue(key: string, value: string): string | undefined {
  const [, name, inner = ""] = FUNCTION.exec(value) ?? [];
  if (name === undefined) return undefined;
  if (name === "choice") {
    return `values of several runs are listed: write ${key}=${inner.replaceAll(" ", "")}`;
  }
  if (name !== "range") return `there is no ${name}() here: write the value, or several as ${key}=A,B`;
  const stop = /^\s*(?:stop\s*=\s*)?(\d+)\s*$/.exec(inner)?.[1];
  return stop === undefined
    ? `a range is range(start,stop) or range(start,stop,step), of whole numbers, without stop: write that, or ${key}=A,B`
    : `a range says where it starts: write '${key}=range(0,${stop})'`;
}

const LITERALS: Readonly<Record<string, string>> = {
  true: "true",
  false: "false",
  null: "null",
  none: "null",
};

/** How Python writes what stands in a list, a mapping or alone. */
export function habitOfWord(word: string): string | undefined {
  const small = word.toLowerCase();
  if (small === word || !Object.hasOwn(LITERALS, small)) return undefined;
  return `write ${LITERALS[small]}, or "${word}" in quotes for the word`;
}
