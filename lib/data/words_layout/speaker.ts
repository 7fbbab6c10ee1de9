/** Who speaks in a clip, by its name. */
import { UNKNOWN } from "./vocabulary.ts";

const NOHASH = "_nohash_";

/**
 * The speaker of a clip in Speech Commands' layout: what stands before `_nohash_`, else what stands before the first
 * `_`, else the name without its ending. In the folder `_unknown_` names begin with the word (as in the official test
 * set's `eight_cfbedff9_nohash_0.wav.wav`), which is left out, so that a speaker has one name everywhere.
 *
 * @param folder The clip's folder. @param file Its name in that folder.
 */
export function speakerOf(folder: string, file: string): string {
  const stem = file.replace(/(\.wav)+$/i, "");
  const own = folder === UNKNOWN && stem.includes(NOHASH) ? stem.replace(/^[^_]+_(?!nohash_)/, "") : stem;
  const end = own.indexOf(NOHASH);
  if (end > 0) return own.slice(0, end);
  const underscore = own.indexOf("_");
  return underscore > 0 ? own.slice(0, underscore) : own;
}
