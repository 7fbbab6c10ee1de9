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
 * @throws {UserError} `usage` in one sentence for none, no name, a name twice, or one that the network has, whatever its
 *   capitals.
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
    const twin = words.slice(0, i).find((other) => isSame(other, word));
    if (twin !== undefined) {
      throw new UserError(
        "usage",
        twin === word
          ? `Cannot enrol ${word}: it is given twice, wanted each word once. Put all its recordings together.`
          : `Cannot enrol ${word}: ${twin} is given too, which differs from it in capitals alone, wanted one name for a word. ` +
            "Put all recordings under one of them.",
      );
    }
    if (classes.some((known) => isSame(known, word))) {
      throw new UserError(
        "usage",
        `Cannot enrol ${word}: the network tells it already, among ${
          classes.join(", ")
        }. Choose another name.`,
      );
    }
  }
}

/** Capitals are not heard. */
function isSame(word: string, other: string): boolean {
  return word.toLowerCase() === other.toLowerCase();
}
