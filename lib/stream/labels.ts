/** Which words are said when in a recording: text files with a line for each, as Audacity exports labels. Pure. */
import { UserError } from "../base/errors.ts";

/** A word that is said. */
export interface SpokenWord {
  /** In seconds from the stream's beginning. */
  readonly start: number;
  readonly end: number;
  readonly word: string;
}

/** Endings of files of labels beside a recording of the same name. */
export const LABEL_ENDINGS = ["csv", "tsv", "txt"] as const;

const HEADER = "start,end,word";

/** The recording that labels are of. */
export interface Labelled {
  readonly name: string;
  readonly seconds: number;
}

/**
 * Reads lines of start, end and word, in seconds, with tabs, commas or semicolons between; a first line of names, empty
 * lines and lines that begin with # are left out.
 *
 * @param file Names it in errors. @param recording Whose labels they are; undefined: it is not known.
 * @returns In the order of their starts.
 * @throws {UserError} `bad-dataset` if a line is of another form, or a word lies behind the recording's end for the most part.
 */
export function parseLabels(text: string, file: string, recording?: Labelled): SpokenWord[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  return lines.flatMap((line, i): SpokenWord[] => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    const [start = "", end = "", ...rest] = line.split(/[\t,;]/).map((part) => part.trim());
    if (i === 0 && !isNumber(start) && !isNumber(end)) return [];
    const word = rest.join(",");
    const said = { start: Number(start), end: Number(end), word };
    if (isNumber(start) && isNumber(end) && said.end > said.start && said.start >= 0 && word !== "") {
      if (recording !== undefined) checkWithin(said, recording, `${file}: line ${i + 1}`);
      return [said];
    }
    throw new UserError(
      "bad-dataset",
      `Cannot read the labels ${file}: line ${i + 1} is ${
        JSON.stringify(line)
      }, wanted start, end and word, in ` +
        `seconds, with the end behind the start, as 1.25,1.8,yes. Correct the line.`,
    );
  }).sort((a, b) => a.start - b.start);
}

/** As {@link parseLabels} reads them, to the tenth of a millisecond. */
export function labelsText(words: readonly SpokenWord[]): string {
  const lines = words.map(({ start, end, word }) => `${start.toFixed(4)},${end.toFixed(4)},${word}`);
  return [HEADER, ...lines].map((line) => `${line}\n`).join("");
}

/** Labels are set by hand: an end that is a little late is none of another recording. */
function checkWithin({ start, end, word }: SpokenWord, { name, seconds }: Labelled, place: string): void {
  if ((start + end) / 2 <= seconds) return;
  throw new UserError(
    "bad-dataset",
    `Cannot read the labels ${place} says ${
      JSON.stringify(word)
    } from ${start} to ${end} s, but ${name} ends at ${
      seconds.toFixed(2)
    } s, wanted labels of that recording. Give its own, or correct the line.`,
  );
}

function isNumber(text: string): boolean {
  return text !== "" && Number.isFinite(Number(text));
}
