/** What new words may be called. Pure. */
import { UserError } from "../base/errors.ts";

/** Letters, digits and what stands within words, in one word or several. */
const NAME = /^[\p{L}\p{M}\p{N}'-]+( [\p{L}\p{M}\p{N}'-]+)*$/u;

/** Spaces at the ends and doubled ones are nobody's wish. */
export function wordName(text: string): string {
  return text.normalize("NFC").trim().replace(/\s+/g, " ");
}

/**
 * @param words New ones. @param classes Those that the network has.
 * @throws {UserError} `usage` in one sentence for none, no name, a name twice, or one that the network has.
 */
export function checkWords(words: readonly string[], classes: readonly string[]): void {
  if (words.length === 0) {
    throw new UserError(
      "usage",
      "Cannot enrol: no word is given, wanted at least one with its recordings. Give some.",
    );
  }
  for (const [i, word] of words.entries()) {
    if (!NAME.test(word)) {
      throw new UserError(
        "usage",
        `Cannot enrol ${
          JSON.stringify(word)
        }: wanted a word, or several with a space between them, of letters, digits, ` +
          `- and '. Choose another name.`,
      );
    }
    if (words.indexOf(word) < i) {
      throw new UserError(
        "usage",
        `Cannot enrol ${word}: it is given twice, wanted each word once. Put all its recordings together.`,
      );
    }
    if (classes.some((known) => known.toLowerCase() === word.toLowerCase())) {
      throw new UserError(
        "usage",
        `Cannot enrol ${word}: the network tells it already, among ${
          classes.join(", ")
        }. Choose another name.`,
      );
    }
  }
}
