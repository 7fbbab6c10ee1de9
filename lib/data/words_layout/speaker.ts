/** Who speaks in a clip, by its name. */
import { withoutEnding } from "../../audio/endings.ts";
import type { ListedFile } from "./listing.ts";
import { UNKNOWN } from "./vocabulary.ts";

const NOHASH = "_nohash_";

/**
 * The speaker of a clip in Speech Commands' layout: what stands before `_nohash_`, else what stands before the first
 * `_`, or the first `-` where there is none, else the name without its ending. Where names begin with their word it is
 * left out, so that a speaker has one name everywhere: in the folder `_unknown_` (as in the official test set's
 * `eight_cfbedff9_nohash_0.wav.wav`), and in any folder of that name (as in FSDD's `0/0_jackson_3.wav`), unless nothing
 * but a number would follow.
 *
 * @param folder The clip's folder. @param file Its name in that folder.
 */
export function speakerOf(folder: string, file: string): string {
  const stem = stemOf(file);
  const own = folder === UNKNOWN && stem.includes(NOHASH) ? stem.replace(/^[^_]+_(?!nohash_)/, "") : stem;
  const end = own.indexOf(NOHASH);
  if (end > 0) return own.slice(0, end);
  const word = folder.normalize("NFC");
  const rest = /^[_-]/.test(own.slice(word.length)) ? own.slice(word.length + 1) : "";
  const repeats = own.toLowerCase().startsWith(word.toLowerCase()) && rest !== "" && !/^\d+$/.test(rest);
  const named = repeats ? rest : own;
  const mark = [named.indexOf("_"), named.indexOf("-")].find((at) => at > 0);
  return mark === undefined ? named : named.slice(0, mark);
}

/** Whether a clip's name says more than one thing, so that its beginning may be a speaker. */
export function namesSpeaker({ path, speaker }: Pick<ListedFile, "path" | "speaker">): boolean {
  return stemOf(path.slice(path.lastIndexOf("/") + 1)) !== speaker;
}

/** Whether what was taken for the speaker is a number or a date, and behind it stand letters that may name one. */
export function mayNameAnother({ path, speaker }: Pick<ListedFile, "path" | "speaker">): boolean {
  const stem = stemOf(path.slice(path.lastIndexOf("/") + 1));
  return !stem.includes(NOHASH) && /^[\d.-]+$/.test(speaker) &&
    /\p{L}/u.test(stem.slice(stem.indexOf(speaker) + speaker.length));
}

/** A file's name without what tells its format. */
export function stemOf(file: string): string {
  // One name is spelt in two ways where folders come from several systems.
  return withoutEnding(file.normalize("NFC"));
}
