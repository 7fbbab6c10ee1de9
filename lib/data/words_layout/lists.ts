/** Which clips a folder's own lists name. Pure. */
import { withoutEnding } from "../../audio/endings.ts";
import { UserError } from "../../base/errors.ts";
import { firstOf } from "../finding.ts";

export const LIST_FILES = { validation: "validation_list.txt", testing: "testing_list.txt" } as const;

/** The text of each list that is there. */
export type ListTexts = Readonly<Record<keyof typeof LIST_FILES, string | undefined>>;

export interface Lists {
  /** Paths of clips. */
  readonly validation: ReadonlySet<string>;
  readonly testing: ReadonlySet<string>;
  /** Entries that name a clip in another spelling, which was taken. */
  readonly respelt: readonly string[];
  /** Entries that name no clip though the folder of their word is there; then entries of words that are not there. */
  readonly missing: readonly string[];
  readonly elsewhere: readonly string[];
}

/**
 * An entry names the clip of its path; else, if there is exactly one, that which differs in case, in the audio ending or
 * in the folders before `<word>/<file>`, or, of an entry without a folder, that of its name.
 *
 * @param name What messages call the folder. @param paths Of all clips. @param folders In which they lie.
 * @throws {UserError} `bad-dataset` for an entry that may mean several clips, or a clip in both lists.
 */
export function readLists(
  name: string,
  texts: Record<keyof typeof LIST_FILES, string>,
  paths: readonly string[],
  folders: readonly string[],
): Lists {
  const exact = new Set(paths);
  const [byPath, byName] = [
    groupedBy(paths, keyOf),
    groupedBy(paths, (path) => keyOf(path.split("/").at(-1)!)),
  ];
  const known = new Set(folders.map(keyOf));
  const notes = { respelt: [] as string[], missing: [] as string[], elsewhere: [] as string[] };
  const ambiguous: string[] = [];
  const clipsOf = (list: keyof typeof LIST_FILES) => {
    const clips = new Set<string>();
    for (const entry of entriesOf(texts[list])) {
      const parts = entry.replaceAll("\\", "/").split("/").filter((part) => part !== "" && part !== ".");
      const found = exact.has(entry)
        ? [entry]
        : (parts.length === 1 ? byName : byPath).get(keyOf(parts.slice(-2).join("/"))) ?? [];
      if (found.length > 1) ambiguous.push(entry);
      else if (found.length === 1) clips.add(found[0]!);
      else {(parts.length === 1 || known.has(keyOf(parts.at(-2)!)) ? notes.missing : notes.elsewhere).push(
          entry,
        );}
      if (found.length === 1 && found[0] !== entry) notes.respelt.push(entry);
    }
    return clips;
  };
  const [validation, testing] = [clipsOf("validation"), clipsOf("testing")];
  check(
    name,
    ambiguous,
    "entries that may mean several clips each",
    "Write <word>/<file> as the files are called",
  );
  check(name, [...validation.intersection(testing)], "clips in both lists", "Leave each in one of them");
  return { validation, testing, ...notes };
}

function check(name: string, wrong: readonly string[], what: string, remedy: string): void {
  if (wrong.length === 0) return;
  throw new UserError(
    "bad-dataset",
    `Cannot split ${name} by ${LIST_FILES.validation} and ${LIST_FILES.testing}: found ${wrong.length} ${what} (${
      firstOf(wrong)
    }), wanted none. ${remedy}, or set dataset.split.rule to ranked.`,
  );
}

function entriesOf(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
}

/** The same for all spellings of a path. */
function keyOf(path: string): string {
  return withoutEnding(path.normalize("NFC").toLowerCase());
}

function groupedBy(paths: readonly string[], key: (path: string) => string): ReadonlyMap<string, string[]> {
  return Map.groupBy(paths, key);
}
