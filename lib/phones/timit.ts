/** TIMIT's 61 phones, and how they are folded to 39 for the usual error rate. Pure. */

/**
 * The 61 phones of TIMIT's transcripts (Garofolo et al. 1993, `PHONCODE.DOC`), in alphabetical order. Closures end in
 * `cl`, `epi` is an epenthetic silence, `pau` a pause, `h#` the silence at both ends.
 */
export const TIMIT_PHONES: readonly string[] = (
  "aa ae ah ao aw ax ax-h axr ay b bcl ch d dcl dh dx eh el em en eng epi er ey f g gcl h# hh hv ih ix iy jh k kcl l " +
  "m n ng nx ow oy p pau pcl q r s sh t tcl th uh uw ux v w y z zh"
).split(" ");

/** Silences and closures, one phone after folding. */
const SILENCES = "bcl dcl epi gcl h# kcl pau pcl tcl";

/**
 * Lee and Hon 1989, "Speaker-independent phone recognition using hidden Markov models", table 3, with the confusions
 * within groups that are not counted: 61 phones are modelled as 48 and scored as 39.
 */
const FOLDED: ReadonlyMap<string, string> = new Map([
  ["ao", "aa"],
  ["ax", "ah"],
  ["ax-h", "ah"],
  ["axr", "er"],
  ["el", "l"],
  ["em", "m"],
  ["en", "n"],
  ["eng", "ng"],
  ["hv", "hh"],
  ["ix", "ih"],
  ["nx", "n"],
  ["ux", "uw"],
  ["zh", "sh"],
  ...SILENCES.split(" ").map((phone) => [phone, "sil"] as const),
]);

/** The glottal stop, which the folding leaves out. */
const DROPPED = "q";

/** What one of the 61 phones counts as; null for `q`, which is left out. @throws {RangeError} For any other name. */
export function foldPhone(phone: string): string | null {
  if (!TIMIT_PHONES.includes(phone)) {
    throw new RangeError(`Cannot fold ${JSON.stringify(phone)}: it is none of TIMIT's 61 phones`);
  }
  return phone === DROPPED ? null : FOLDED.get(phone) ?? phone;
}

/** The 39 phones that are left, in alphabetical order. */
export const FOLDED_PHONES: readonly string[] = [...new Set(TIMIT_PHONES.map(foldPhone))]
  .filter((phone) => phone !== null).sort();

/**
 * Folds a class index at a time.
 * @param classes Names of classes; those that are no TIMIT phones (a blank) have no counterpart.
 * @returns For each class its index in {@link FOLDED_PHONES}, or -1 where it is left out; null if a class beside the
 *   first is none of the 61 phones, so that nothing can be folded.
 */
export function foldingOf(classes: readonly string[]): Int32Array | null {
  if (!classes.slice(1).every((name) => TIMIT_PHONES.includes(name))) return null;
  return Int32Array.from(classes, (name, i) => {
    const folded = i === 0 ? null : foldPhone(name);
    return folded === null ? -1 : FOLDED_PHONES.indexOf(folded);
  });
}
