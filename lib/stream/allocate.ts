/**
 * A threshold for each word: the false alarms that may be expected are shared out among words where each of them buys the
 * most detections. What is detected of a word depends on its own threshold alone (`Trigger`), so that alarms and misses of
 * all are sums over words, and the best shares are found on each word's convex hull, steepest stretches first. Thresholds
 * of terms by what an alarm of each is worth are usual where terms are searched for in speech.
 *
 * What must not be taken for granted is the highest false score of a word on a short stream. By exchangeability one higher
 * than that is to be expected on another stream as long, of every word, where above the highest of all words there is one
 * in all. Alarms are therefore counted by a tail: log odds beyond a high one are taken as exponential, as those of most
 * distributions are in the end (of the Gumbel domain), with a mean excess that is drawn towards that of all words. What is
 * shared out is what one threshold for all words may have: one more than the alarms that are allowed.
 *
 * @see Miller et al.: Rapid and accurate spoken term detection, Interspeech 2007 (a threshold for each term by its expected
 *   value)
 * @see Karakos et al.: Score normalization and system combination for improved keyword spotting, ASRU 2013 (thresholds of
 *   keywords, and what few of their scores do to them)
 * @see Pickands: Statistical inference using extreme order statistics, Annals of Statistics 3, 1975 (tails)
 * @see Everett: Generalized Lagrange multiplier method for solving problems of optimum allocation of resources, Operations
 *   Research 11, 1963 (shares)
 */

/** What a word does at thresholds with evenly spaced log odds, from the lowest to the highest. */
export interface WordCurve {
  readonly word: string;
  /** How often it was said. */
  readonly said: number;
  readonly falseAlarms: readonly number[];
  readonly missed: readonly number[];
}

/** False alarms that a word's tail is estimated from, at most. */
const TAIL = 10;
/** A mean excess counts as if so many others had that of all words. */
const POOLED = 10;
/** Words that were said less often say nothing of where theirs would lie. */
const LEAST_SAID = 3;
/** Standard deviation, in steps, of the kernel that hits are smoothed by: some 15 with one of 12 steps (Silverman's rule). */
const BANDWIDTH = 6;
/** In steps, where no alarm of any word reaches beyond where its tail begins: with 0 more would be impossible. */
const UNSEEN_EXCESS = 1;
/** Of a Poisson rate after so many events (Jeffreys). */
const PRIOR_ALARMS = 0.5;

/**
 * @param common Place among those of the curves of a threshold for words that were hardly said.
 * @param allowed False alarms of all words on the stream that the curves are of: whole, from 0.
 * @returns Of each word the place of its threshold. Null: there are always more alarms than are allowed.
 */
export function allocated(curves: readonly WordCurve[], common: number, allowed: number): number[] | null {
  const expected = expectedAlarms(curves);
  const misses = curves.map(smoothedMisses);
  const own = [...curves.keys()].filter((w) => curves[w]!.said >= LEAST_SAID);
  const hulls = new Map(own.map((w) => [w, hullOf(expected[w]!, misses[w]!)]));
  const places = curves.map((_, w) => hulls.get(w)?.[0] ?? common);
  let left = allowed + 1 - sum(places.map((place, w) => expected[w]![place]!));
  for (const { w, to, alarms } of stretches(hulls, expected, misses)) {
    if (alarms > left) hulls.delete(w);
    if (!hulls.has(w)) continue;
    places[w] = to;
    left -= alarms;
  }
  return raised(curves, misses, places, own, allowed);
}

interface Stretch {
  readonly w: number;
  readonly to: number;
  readonly alarms: number;
  readonly gain: number;
}

function stretches(
  hulls: ReadonlyMap<number, readonly number[]>,
  expected: readonly Float64Array[],
  misses: readonly Float64Array[],
): Stretch[] {
  return [...hulls].flatMap(([w, hull]) =>
    hull.slice(1).map((to, i): Stretch => {
      const alarms = expected[w]![to]! - expected[w]![hull[i]!]!;
      return { w, to, alarms, gain: (misses[w]![hull[i]!]! - misses[w]![to]!) / alarms };
    })
  ).sort((a, b) => b.gain - a.gain || a.w - b.w);
}

/** Of each word, on a stream as long: counts as far as they go, behind them the tail. */
export function expectedAlarms(curves: readonly WordCurve[]): Float64Array[] {
  const counts = curves.map(({ falseAlarms }) => risen(falseAlarms));
  const tails = counts.map((count) => {
    const found = count.findIndex((alarms) => alarms <= TAIL);
    const from = found < 0 ? count.length : found; // as of a network that is sure of all it hears
    let excess = 0;
    for (let i = from + 1; i < count.length; i++) excess += count[i]!;
    return { from, alarms: count[from] ?? 0, excess };
  });
  const [alarms, excess] = [sum(tails.map(({ alarms }) => alarms)), sum(tails.map(({ excess }) => excess))];
  const pooled = excess === 0 ? UNSEEN_EXCESS : excess / alarms;
  return tails.map((tail, w) => {
    const mean = (tail.excess + POOLED * pooled) / (tail.alarms + POOLED);
    const kept = mean / (1 + mean); // of the geometric distribution, which an exponential one is in whole steps
    return Float64Array.from(
      counts[w]!,
      (count, i) => i < tail.from ? count : (tail.alarms + PRIOR_ALARMS) * kept ** (i - tail.from),
    );
  });
}

/** Counts of all that reach at least so high: a stretch that is armed again within is more than one. */
function risen(counts: readonly number[]): number[] {
  const result = [...counts];
  for (let i = result.length - 2; i >= 0; i--) result[i] = Math.max(result[i]!, result[i + 1]!);
  return result;
}

/** As a step up at each hit says too exactly where the next will be. */
function smoothedMisses({ missed, said }: WordCurve): Float64Array {
  const reach = 3 * BANDWIDTH;
  const kernel = Array.from(
    { length: 2 * reach + 1 },
    (_, k) => Math.exp(-(((k - reach) / BANDWIDTH) ** 2) / 2),
  );
  const total = sum(kernel);
  const at = (i: number) => i < 0 ? missed[0]! : i < missed.length ? missed[i]! : said;
  return Float64Array.from(missed, (_, i) => sum(kernel.map((k, j) => k * at(i + j - reach))) / total);
}

/** Places on the lower convex hull of misses over alarms, from the fewest alarms to the fewest misses. */
function hullOf(alarms: Float64Array, misses: Float64Array): number[] {
  const hull: number[] = [];
  const slope = (a: number, b: number) => (misses[b]! - misses[a]!) / (alarms[b]! - alarms[a]!);
  for (let i = alarms.length - 1; i >= 0; i--) {
    const last = hull.at(-1);
    if (last !== undefined && (alarms[i]! <= alarms[last]! || misses[i]! >= misses[last]!)) continue;
    while (hull.length > 1 && slope(hull.at(-1)!, i) <= slope(hull.at(-2)!, hull.at(-1)!)) hull.pop();
    hull.push(i);
  }
  return hull;
}

/** Raises thresholds where that costs the least per alarm, until no more alarms are left than are allowed. */
function raised(
  curves: readonly WordCurve[],
  misses: readonly Float64Array[],
  from: readonly number[],
  own: readonly number[],
  allowed: number,
): number[] | null {
  const places = [...from];
  const alarms = () => sum(curves.map(({ falseAlarms }, w) => falseAlarms[places[w]!]!));
  while (alarms() > allowed) {
    let best: { readonly w: number; readonly to: number; readonly cost: number } | undefined;
    for (const w of own) {
      const { falseAlarms } = curves[w]!;
      const place = places[w]!;
      const to = falseAlarms.findIndex((count, i) => i > place && count < falseAlarms[place]!);
      if (to < 0) continue;
      const cost = (misses[w]![to]! - misses[w]![place]!) / (falseAlarms[place]! - falseAlarms[to]!);
      if (best === undefined || cost < best.cost) best = { w, to, cost };
    }
    if (best === undefined) return null;
    places[best.w] = best.to;
  }
  return places;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
