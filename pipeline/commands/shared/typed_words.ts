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

/** @param commands All that are shown. */
export function unknownCommand(name: string, commands: readonly string[]): string {
  return `Cannot run ${JSON.stringify(name)}: the commands are ${commands.join(", ")}.${
    suggestion(name, commands)
  }`;
}
