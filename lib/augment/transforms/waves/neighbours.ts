/**
 * Puts other speech before and behind what is said, as far as it fits into the clip: a word of running speech has
 * neighbours, where clips of single words have silence. Neighbours are clips of other words (`_unknown_`) of the training
 * split, so that no word stands beside another's label; where there are none, nothing is added. Clips of silence stay as
 * they are. As utterances are labelled with all that is said, they stay too.
 */
import { z } from "zod";
import { amplitudeOfDb, rms } from "../../../audio/level.ts";
import { wordBounds } from "../../../audio/word_bounds.ts";
import type { Rng } from "../../../base/random.ts";
import { OTHER_WORDS, SILENCE, type Surroundings } from "../../contract.ts";
import { drawn, range, share } from "../ranges.ts";
import type { Wave } from "./wave.ts";

export const schema = z.strictObject({
  transform: z.literal("neighbours"),
  /** Of each side for itself. */
  p: share,
  /** Pause between the word and its neighbour, in seconds. */
  gap: range(0, 2),
  /** Of the neighbour, in dB relative to the word; both over what is said. */
  db: range(-60, 60),
});

type Config = z.output<typeof schema>;

/** Where a neighbour is cut at its own edge it begins and ends within so many seconds. */
const FADE_SECONDS = 0.005;

export function apply(config: Config, wave: Wave, rng: Rng): Float32Array {
  const { values, labels, sampleRate, around, lend } = wave;
  const rows = rowsOfOthers(around);
  if (rows.length === 0 || around.clipSamples === null || labels[0] === SILENCE) return values;
  const [begin, end] = wordBounds(values, sampleRate);
  if (end === 0) return values;
  const level = rms(values.subarray(begin, end));
  const made = lend(values.length);
  made.set(values);
  for (const side of ["before", "behind"] as const) {
    const own = rng.fork(side);
    if (!(own.uniform() < config.p)) continue;
    const gap = Math.round(drawn(config.gap, own) * sampleRate);
    const room = side === "before" ? begin - gap : values.length - end - gap;
    if (room <= 0) continue;
    const other = around.valuesOf(own.pick(rows));
    const [first, last] = wordBounds(other, sampleRate);
    const said = other.subarray(first, last);
    if (said.length === 0) continue;
    const gain = amplitudeOfDb(drawn(config.db, own)) * level / rms(said);
    // Its end stands before the word, or its beginning behind it: the rest would lie beyond the clip.
    const length = Math.min(room, said.length);
    const from = side === "before" ? said.length - length : 0;
    const at = side === "before" ? begin - gap - length : end + gap;
    const fade = Math.min(length >> 1, Math.round(FADE_SECONDS * sampleRate));
    for (let i = 0; i < length; i++) {
      const weight = Math.min(1, (i + 1) / (fade + 1), (length - i) / (fade + 1));
      made[at + i] = made[at + i]! + gain * weight * said[from + i]!;
    }
  }
  return made;
}

const ROWS = new WeakMap<Surroundings, readonly number[]>();

function rowsOfOthers(around: Surroundings): readonly number[] {
  const known = ROWS.get(around);
  if (known !== undefined) return known;
  const rows: number[] = [];
  for (let row = 0; row < around.count; row++) if (around.labelsOf(row)[0] === OTHER_WORDS) rows.push(row);
  ROWS.set(around, rows);
  return rows;
}
