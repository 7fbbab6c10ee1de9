/** Sentences as sequences of words or characters. Pure. */

/** Stands for the space between words where characters are told apart. */
export const SPACE = "|";

/**
 * Lower-case words without punctuation; apostrophes inside words are kept, hyphens part words.
 * Letters of any script count, digits too.
 */
export function wordsOf(sentence: string): string[] {
  return sentence.normalize("NFC").toLowerCase().replaceAll("’", "'")
    .split(/[^\p{L}\p{M}\p{N}']+/u)
    .map((word) => word.replace(/^'+|'+$/g, ""))
    .filter(Boolean);
}

/** The characters of the words, {@link SPACE} between words. */
export function charactersOf(sentence: string): string[] {
  return [...wordsOf(sentence).join(SPACE)];
}
