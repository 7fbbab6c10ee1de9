/** Words for a command line that cannot be understood: what was probably meant. Pure. */
import { nearest, suggestion } from "../../../lib/base/nearest.ts";
import { habitOfFlag } from "../../config/hydra_habits.ts";

export interface KnownWords {
  /** `--n-mels`, `-j`. */
  readonly options: Iterable<string>;
  /** Dotted keys of the configuration, groups and short names among them; none where the command takes no values. */
  readonly keys: readonly string[];
}

/** What is wrong with the first option that there is not; nothing if there are all. @param words After the command's name. */
export function unknownOption(words: readonly string[], { options, keys }: KnownWords): string | undefined {
  const known = new Set(options);
  const at = words.findIndex((word) => /^-+[a-z]/i.test(word) && !known.has(word.split("=")[0]!));
  if (at < 0) return undefined;
  const [name = "", given] = words[at]!.split(/=(.*)/s, 2);
  const habit = habitOfFlag(name);
  if (habit !== undefined) return `Cannot use ${name}: ${habit}.`;
  const next = words[at + 1];
  const value = given ?? (next === undefined || /^-|=/.test(next) ? "VALUE" : next);
  const bare = name.replace(/^-+/, "");
  const key = bare.replaceAll("-", "_");
  const exact = keys.find((other) => other === key) ??
    keys.find((other) => other.endsWith(`.${key}`)) ?? (key.includes(".") ? nearest(key, keys) : undefined);
  const long = [...known].filter((other) => other.startsWith("--")).map((other) => other.slice(2));
  const option = nearest(bare, long);
  const short = keys.filter((other) => !other.includes("."));
  const meant = exact ?? (option === undefined ? nearest(key, short) ?? nearest(key, keys) : undefined);
  if (meant !== undefined) {
    return `Cannot use ${name}: values of the configuration stand without dashes. Write ${meant}=${value}.`;
  }
  return `Cannot use ${name}: there is no such option, --help lists all.${
    option === undefined ? "" : ` Did you mean "--${option}"?`
  }`;
}

/**
 * What is said where a command line ends too early; nothing if it does not.
 *
 * @param said By the parser. @param line As typed, without what cannot be seen. @param examples Command lines that are whole.
 */
export function missingWord(
  said: string,
  line: string,
  examples: readonly string[],
): string | undefined {
  const word = /^Expected an? [`"']?(\S+?)[`"']?, but too few arguments/.exec(said)?.[1];
  if (word === undefined) return undefined;
  const words = line.split(" ");
  const beginnings = words.map((_, i) => words.slice(0, words.length - i).join(" "));
  // Of one that goes on as this one begins, as far as possible: `runs compare`.
  const example =
    beginnings.flatMap((beginning) => examples.find((other) => other.startsWith(`${beginning} `)) ?? [])[0];
  return `Cannot run deno task ${line}: ${word} is missing.${
    example === undefined ? " --help says what it is." : ` Wanted something as deno task ${example}.`
  }`;
}

/** @param commands All that are shown. */
export function unknownCommand(name: string, commands: readonly string[]): string {
  return `Cannot run ${JSON.stringify(name)}: the commands are ${commands.join(", ")}.${
    suggestion(name, commands)
  }`;
}
