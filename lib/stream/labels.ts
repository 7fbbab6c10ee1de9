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

/**
 * Reads lines of start, end and word, in seconds, with tabs, commas or semicolons between; a first line of names, empty
 * lines and lines that begin with # are left out.
 *
 * @param file Names it in errors. @returns In the order of their starts.
 * @throws {UserError} `bad-dataset` if a line is of another form.
 */
export function parseLabels(text: string, file: string): SpokenWord[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  return lines.flatMap((line, i): SpokenWord[] => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    const [start = "", end = "", ...rest] = line.split(/[\t,;]/).map((part) => part.trim());
    if (i === 0 && !isNumber(start) && !isNumber(end)) return [];
    const word = rest.join(",");
    if (
      isNumber(start) && isNumber(end) && Number(end) > Number(start) && Number(start) >= 0 && word !== ""
    ) {
      return [{ start: Number(start), end: Number(end), word }];
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

function isNumber(text: string): boolean {
  return text !== "" && Number.isFinite(Number(text));
}
