/** Which clips an epoch goes through, and in what order: a pure function of seed and epoch. */
import { UserError } from "../../base/errors.ts";
import type { Rng } from "../../base/random.ts";

/**
 * - `shuffle`: each clip once.
 * - `balanced`: drawn with replacement, every class that has clips equally often; of classes in `classClips` the share
 *   of the epoch that it says, the others equally often.
 * - `paper`: drawn with replacement; a clip weighs 1 if it is a word, 4.6 if silence, 1/17 if unknown.
 * - `capped`: each clip of a word once; of silence and of unknown as many as a word has on average, others in each
 *   epoch, none a second time before each was taken. As BC-ResNet's authors choose 3,077 of each among Speech Commands.
 *   Of classes in `classClips` as many as it says: a whole number of clips, or below 1 a share of the epoch.
 */
export const SAMPLERS = ["shuffle", "balanced", "paper", "capped"] as const;
export type SamplerKind = typeof SAMPLERS[number];

/** Those that take a class in its own number or share, and the one that takes them as they come. */
export const COUNTING_SAMPLER: SamplerKind = "capped";
export const SHARING_SAMPLER: SamplerKind = "balanced";
export const EVEN_SAMPLER: SamplerKind = "shuffle";

export interface SamplerSpec {
  readonly kind: SamplerKind;
  /** Only `capped` counts; `balanced` knows shares. Of `_silence_` and `_unknown_` also where there is no such class. */
  readonly classClips?: Readonly<Record<string, number>>;
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
      return Math.min(spec.clipsPerEpoch ?? Infinity, sum(cappedCounts(labels, classes, spec.classClips)));
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
      return drawWeighted(labels, balancedWeights(labels, classes, spec.classClips), draws, rng);
    case "paper":
      return drawWeighted(labels, classes.map((name) => PAPER_WEIGHTS.get(name) ?? 1), draws, rng);
    case "capped":
      return drawCapped(labels, cappedCounts(labels, classes, spec.classClips), rng).slice(0, draws);
    default:
      spec.kind satisfies never;
      throw new Error(`Unknown sampler ${spec.kind}`);
  }
}

/** How many clips of each class an epoch has: all of each word, and of other classes as many as words have on average. */
function cappedCounts(
  labels: Int32Array,
  classes: readonly string[],
  classClips: Readonly<Record<string, number>> = {},
): number[] {
  checkNamed(classClips, classes);
  const own = (k: number) => Object.hasOwn(classClips, classes[k]!) ? classClips[classes[k]!]! : undefined;
  const counts = countsOf(labels, classes.length);
  const words = counts.filter((count, k) => count > 0 && !OTHERS.includes(classes[k]!));
  const cap = words.length === 0 ? Infinity : Math.round(sum(words) / words.length);
  const taken = counts.map((count, k) => {
    if (count === 0) return 0;
    return own(k) ?? (OTHERS.includes(classes[k]!) && cap < Infinity ? cap : count);
  });
  const shares = sum(taken.filter((count) => count < 1));
  const counted = sum(taken.filter((count) => count >= 1));
  return taken.map((count) => count < 1 ? Math.round(count * counted / (1 - shares)) : count);
}

/** Of a clip of each class. */
function balancedWeights(
  labels: Int32Array,
  classes: readonly string[],
  shares: Readonly<Record<string, number>> = {},
): number[] {
  checkNamed(shares, classes);
  const even = inverseCounts(labels, classes.length);
  const own = (k: number) =>
    even[k] !== 0 && Object.hasOwn(shares, classes[k]!) ? shares[classes[k]!]! : null;
  const left = 1 - sum(classes.map((_, k) => own(k) ?? 0));
  const others = classes.filter((_, k) => even[k] !== 0 && own(k) === null).length;
  return even.map((weight, k) => {
    const share = own(k);
    return share === null ? weight : weight * share * others / left;
  });
}

/** @throws {UserError} If a class is named that is none. */
function checkNamed(classClips: Readonly<Record<string, number>>, classes: readonly string[]): void {
  const strange = Object.keys(classClips).find((name) => !classes.includes(name) && !OTHERS.includes(name));
  if (strange === undefined) return;
  throw new UserError(
    "bad-config",
    `Cannot take clips of the class ${strange}: there is ${classes.join(", ")}. Change trainer.class_clips.`,
  );
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

/**
 * Weights by which classes count alike: one over a class's share of the clips, divided by how many classes there are.
 *
 * @returns `[classes]`; 0 for those without clips.
 */
export function classWeights(labels: Int32Array, classes: number): Float32Array {
  const inverse = inverseCounts(labels, classes);
  const present = inverse.filter((weight) => weight > 0).length;
  return Float32Array.from(inverse, (weight) => weight * labels.length / present);
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
