/** Rules that divide speakers among the splits. */
import { createHash } from "node:crypto";
import { type SplitName, SPLITS } from "../records/example_index.ts";

export interface SplitShares {
  /** Percentages of the whole, 0 to 100. */
  readonly validationPercent: number;
  readonly testingPercent: number;
  /** Put before the speaker's name before it is hashed; "" is Speech Commands' own division. */
  readonly salt: string;
}

/** `MAX_NUM_WAVS_PER_CLASS` of the published function. */
const BUCKETS = 2 ** 27 - 1;

/**
 * The split of a speaker by Speech Commands' own rule, the function `which_set` of its README: the SHA-1 of the name,
 * modulo 2^27, as a percentage. It depends on the name alone, so a speaker stays where he is when data is added.
 */
export function splitByHash(speaker: string, shares: SplitShares): SplitName {
  const digest = createHash("sha1").update(shares.salt + speaker).digest();
  const bucket = digest.readUInt32BE(16) & BUCKETS; // modulo 2^27 is the last 27 bits
  const percent = bucket * (100 / BUCKETS);
  if (percent < shares.validationPercent) return "validation";
  return percent < shares.validationPercent + shares.testingPercent ? "test" : "train";
}

/**
 * Splits of all speakers by rank: ordered by salted SHA-1 and cut where the number of clips comes nearest to the
 * shares. Each split gets at least one speaker, so a handful of speakers is enough.
 *
 * @param clips Speaker -> number of clips. At least three speakers.
 */
export function splitByRank(
  clips: ReadonlyMap<string, number>,
  shares: SplitShares,
): ReadonlyMap<string, SplitName> {
  const ranked = [...clips.keys()]
    .map((speaker) => ({ speaker, rank: createHash("sha1").update(shares.salt + speaker).digest("hex") }))
    .sort((a, b) => a.rank < b.rank ? -1 : 1);
  if (ranked.length < SPLITS.length) {
    throw new RangeError(`Cannot fill 3 splits from ${ranked.length} speakers`);
  }
  const total = [...clips.values()].reduce((a, b) => a + b, 0);
  const result = new Map<string, SplitName>();
  let next = 0;
  const take = (split: SplitName, percent: number, leave: number) => {
    const wanted = total * percent / 100;
    let got = 0;
    for (const begin = next; next < ranked.length - leave; next++) {
      const { speaker } = ranked[next]!;
      const more = clips.get(speaker)!;
      if (next > begin && Math.abs(got + more - wanted) >= Math.abs(got - wanted)) break;
      got += more;
      result.set(speaker, split);
    }
  };
  take("validation", shares.validationPercent, 2);
  take("test", shares.testingPercent, 1);
  for (; next < ranked.length; next++) result.set(ranked[next]!.speaker, "train");
  return result;
}
