/** Takes listed examples out of an index. Pure. */
import { withoutEnding } from "../../audio/endings.ts";
import { UserError } from "../../base/errors.ts";
import type { ExampleIndex, SplitName } from "../../records/example_index.ts";
import { type Finding, firstOf } from "../finding.ts";

/** The lines of a list. A line that begins with `#` is a comment, and so is what stands behind a tab. */
export function entriesOfList(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith("#"));
  return [...new Set(lines.map((line) => line.split("\t")[0]!.trim()).filter((entry) => entry !== ""))];
}

export interface Exclusion {
  readonly index: ExampleIndex;
  /** What the log tells. */
  readonly findings: readonly Finding[];
}

/**
 * An entry names the example of its name; else, if there is exactly one, that which differs in case, in the audio ending
 * or in folders before it. One that names a recording names all windows of it.
 *
 * @param entries Of the list. @param others Names of examples or recordings of all splits; null: those of other splits are not known.
 * @param list Names the list in messages.
 * @throws {UserError} `bad-dataset` for an entry that may mean several examples, or if the split, or one of its classes,
 *   would have none left.
 */
export function excludeExamples(
  index: ExampleIndex,
  entries: readonly string[],
  others: ReadonlySet<string> | null,
  list: string,
): Exclusion {
  const { split, examples } = index;
  const names = new Set(examples.flatMap(({ name }) => [name, recordingOf(name)]));
  const byKey = Map.groupBy(names.union(others ?? new Set<string>()), keyOf);
  // Which windows another split has is not known; that it may have some of a recording is.
  const isElsewhere = (entry: string) => recordingOf(entry) !== entry && byKey.has(keyOf(recordingOf(entry)));
  const named = new Set<string>();
  const missing: string[] = [];
  const ambiguous: string[] = [];
  for (const entry of entries) {
    const found = names.has(entry) || others?.has(entry) ? [entry] : byKey.get(keyOf(entry)) ?? [];
    if (found.length > 1) ambiguous.push(entry);
    else if (found.length === 1) named.add(found[0]!);
    else if (!isElsewhere(entry)) missing.push(entry);
  }
  if (ambiguous.length > 0) {
    throw new UserError(
      "bad-dataset",
      `Cannot leave out what ${list} lists: found ${ambiguous.length} entries that may mean several examples each (${
        firstOf(ambiguous)
      }), wanted names as the index has them. Write them out in full.`,
    );
  }
  const isOut = ({ name }: { readonly name: string }) => named.has(name) || named.has(recordingOf(name));
  const kept = examples.filter((example) => !isOut(example));
  const out = examples.filter(isOut).map(({ name }) => name);
  checkLeft(index, kept, list);
  return {
    index: { ...index, examples: kept, notes: { ...index.notes, excluded: out.length } },
    findings: [
      { level: split === "test" ? "warning" : "info", ...wordsOf(split, list), names: out },
      others === null
        ? { level: "info", what: `entries of ${list} name no example of the ${split} split`, names: missing }
        : {
          level: "warning",
          what: `entries of ${list} name no example that is there, and change nothing`,
          names: missing,
          remedy: "Write names as reports and index.json have them.",
        },
    ],
  };
}

function wordsOf(split: SplitName, list: string): Pick<Finding, "what" | "remedy"> {
  if (split !== "test") return { what: `${split} examples are left out, as ${list} lists them` };
  return {
    what: `examples are taken OUT OF THE TEST SPLIT, as ${list} lists them`,
    remedy:
      "Scores can no longer be held against those of the whole split; take them out of the list to test on all.",
  };
}

function checkLeft(
  { split, examples, classes }: ExampleIndex,
  kept: ExampleIndex["examples"],
  list: string,
): void {
  const refuse = (what: string) => {
    throw new UserError(
      "bad-dataset",
      `Cannot leave out all that ${list} lists: the ${split} split would have no ${what} left, wanted some. Shorten the ` +
        `list.`,
    );
  };
  if (examples.length > 0 && kept.length === 0) refuse("examples");
  if (!examples.every(({ labels }) => labels.length === 1)) return;
  const labelsOf = (of: ExampleIndex["examples"]) => new Set(of.map(({ labels }) => labels[0]!));
  const lost = labelsOf(examples).difference(labelsOf(kept));
  if (lost.size > 0) refuse(`examples of ${classes.filter((name) => lost.has(name)).join(", ")}`);
}

/** Of a window the recording that it is cut from. */
function recordingOf(name: string): string {
  return name.replace(/@\d+$/, "");
}

/** The same for all spellings of a name: its last folder and file, or all of it where there is no folder. */
function keyOf(name: string): string {
  const parts = name.replaceAll("\\", "/").split("/").filter((part) => part !== "" && part !== ".");
  const last = parts.slice(-LAST_PARTS).join("/").normalize("NFC").toLowerCase();
  const window = /@\d+$/.exec(last)?.[0] ?? "";
  return withoutEnding(last.slice(0, last.length - window.length)) + window;
}

/** `<word>/<file>`, `<speaker>/<sentence>`. */
const LAST_PARTS = 2;
