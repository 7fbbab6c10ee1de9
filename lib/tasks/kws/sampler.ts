/** Which clips an epoch goes through, and in what order: a pure function of seed and epoch. */
import type { Rng } from "../../base/random.ts";

/**
 * - `shuffle`: each clip once.
 * - `balanced`: drawn with replacement, every class that has clips equally often.
 * - `paper`: drawn with replacement; a clip weighs 1 if it is a word, 4.6 if silence, 1/17 if unknown.
 * - `capped`: each clip of a word once; of silence and of unknown as many as a word has on average, others in each
 *   epoch, none a second time before each was taken. As BC-ResNet's authors choose 3,077 of each among Speech Commands.
 */
export const SAMPLERS = ["shuffle", "balanced", "paper", "capped"] as const;
export type SamplerKind = typeof SAMPLERS[number];

export interface SamplerSpec {
  readonly kind: SamplerKind;
  /** Draws an epoch, or null for as many as there are clips; `shuffle` and `capped` never take more than there are. */
  readonly clipsPerEpoch: number | null;
}

// Heung, Cheuk, Herremans 2022, section 4: a clip of a class weighs this, a clip of a word 1.
const PAPER_WEIGHTS: ReadonlyMap<string, number> = new Map([["_silence_", 4.6], ["_unknown_", 1 / 17]]);

/** Classes that are no words. */
const OTHERS: readonly string[] = ["_silence_", "_unknown_"];

/** @throws {RangeError} If there is no sampler of this name. */
export function samplerOf(name: string): SamplerKind {
  const found = SAMPLERS.find((sampler) => sampler === name);
  if (found === undefined) throw new RangeError(`Unknown sampler ${name}: wanted ${SAMPLERS.join(", ")}`);
  return found;
}

/** Number of clips that {@link epochOrder} gives. @param labels `[count]`: the class of each clip. */
export function clipsInEpoch(spec: SamplerSpec, labels: Int32Array, classes: readonly string[]): number {
  switch (spec.kind) {
    case "shuffle":
      return Math.min(spec.clipsPerEpoch ?? labels.length, labels.length);
    case "capped":
      return Math.min(spec.clipsPerEpoch ?? Infinity, sum(cappedCounts(labels, classes)));
    default:
      return spec.clipsPerEpoch ?? labels.length;
  }
}

/**
 * Clip indices of one epoch.
 * @param labels `[count]`: the class of each clip.
 * @param classes Names of the classes.
 * @param rng Forked by epoch; the same generator gives the same order.
 * @throws {RangeError} If there are no clips.
 */
export function epochOrder(
  spec: SamplerSpec,
  labels: Int32Array,
  classes: readonly string[],
  rng: Rng,
): Uint32Array {
  if (labels.length === 0) throw new RangeError("Cannot draw from no clips");
  const draws = clipsInEpoch(spec, labels, classes);
  switch (spec.kind) {
    case "shuffle":
      return Uint32Array.from(rng.shuffle([...labels.keys()]).slice(0, draws));
    case "balanced":
      return drawWeighted(labels, inverseCounts(labels, classes.length), draws, rng);
    case "paper":
      return drawWeighted(labels, classes.map((name) => PAPER_WEIGHTS.get(name) ?? 1), draws, rng);
    case "capped":
      return drawCapped(labels, cappedCounts(labels, classes), rng).slice(0, draws);
    default:
      spec.kind satisfies never;
      throw new Error(`Unknown sampler ${spec.kind}`);
  }
}

/** How many clips of each class an epoch has: all of each word, and of other classes as many as words have on average. */
function cappedCounts(labels: Int32Array, classes: readonly string[]): number[] {
  const counts = countsOf(labels, classes.length);
  const words = counts.filter((count, k) => count > 0 && !OTHERS.includes(classes[k]!));
  const cap = words.length === 0 ? Infinity : Math.round(sum(words) / words.length);
  return counts.map((count, k) => count > 0 && OTHERS.includes(classes[k]!) && cap < Infinity ? cap : count);
}

/** Each class's clips in random orders, one behind the other as often as it takes, then all classes together. */
function drawCapped(labels: Int32Array, wanted: readonly number[], rng: Rng): Uint32Array {
  const chosen = wanted.flatMap((count, k) => {
    const own = [...labels.keys()].filter((clip) => labels[clip] === k);
    const drawn: number[] = [];
    while (drawn.length < count) drawn.push(...rng.shuffle(own).slice(0, count - drawn.length));
    return drawn;
  });
  return Uint32Array.from(rng.shuffle(chosen));
}

function inverseCounts(labels: Int32Array, classes: number): number[] {
  return countsOf(labels, classes).map((count) => (count === 0 ? 0 : 1 / count));
}

function countsOf(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** Draws with replacement by inverting the cumulative weights. */
function drawWeighted(
  labels: Int32Array,
  classWeights: readonly number[],
  draws: number,
  rng: Rng,
): Uint32Array {
  const cumulative = new Float64Array(labels.length);
  let total = 0;
  for (const [clip, label] of labels.entries()) cumulative[clip] = total += classWeights[label]!;
  return Uint32Array.from({ length: draws }, () => firstAbove(cumulative, rng.uniform(0, total)));
}

/** Index of the first value above `x`; values ascend and the last is above `x`. */
function firstAbove(values: Float64Array, x: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
