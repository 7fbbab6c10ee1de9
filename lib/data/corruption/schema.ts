/** What is changed about a data set's recordings before features are made of them, as a configuration says it. Pure. */
import { z } from "zod";
import type { Problem } from "../../base/kinds.ts";
import {
  type Condition,
  conditionKey,
  gainRangeSchema,
  isClean,
  type Level,
  levelSchema,
  NOISES,
} from "../../records/condition.ts";
import { type SplitName, SPLITS } from "../../records/example_index.ts";
import type { DataKind, DataSpec } from "../contract.ts";

/** What is not said leaves recordings as they are. */
const corruptSchema = z.strictObject({
  /** In test each is a condition of its own, in training and validation each example draws one. Null: no noise. */
  snr_db: z.union([levelSchema, z.array(levelSchema).min(1).readonly()]).nullable().default(null),
  /** Each example draws its own. Null: as loud as it is. */
  gain_db: gainRangeSchema.nullable().default(null),
  /** Null: as {@link withNoise} has it. */
  noise: z.enum(NOISES).nullable().default(null),
  splits: z.array(z.enum(SPLITS)).min(1).readonly().default(["test"]),
  /** Not the run's, so that all runs hear the same. */
  seed: z.int().min(0).default(0),
}).prefault({});

/** Of kinds whose recordings can be changed. */
export const corruptShape = { corrupt: corruptSchema };

export type CorruptConfig = z.output<typeof corruptSchema>;

/** How the examples of a split are changed: each draws its level and its gain. */
export interface Corruption {
  readonly levels: readonly Level[];
  readonly gainDb: readonly [number, number] | null;
  readonly noise: Condition["noise"];
  readonly seed: number;
}

/** Null: they are left as they are. */
export function corruptionOf({ corrupt }: DataSpec, split: SplitName): Corruption | null {
  if (corrupt === undefined || !corrupt.splits.includes(split)) return null;
  const { snr_db: snr, gain_db: gainDb, noise, seed } = corrupt;
  const levels = snr === null ? ["clean" as const] : Array.isArray(snr) ? snr : [snr];
  const isUnchanged = gainDb === null && levels.every((level) => level === "clean");
  return isUnchanged ? null : { levels, gainDb, noise: noise ?? NOISES[0], seed };
}

/** Under which a split is tested besides as it is, each once. */
export function conditionsOf(config: DataSpec, split: SplitName): readonly Condition[] {
  const corruption = corruptionOf(config, split);
  const all = corruption === null ? [] : conditionsIn(corruption);
  return [...new Map(all.map((condition) => [conditionKey(condition), condition])).values()]
    .filter((condition) => !isClean(condition));
}

/** Each level that examples may draw. */
export function conditionsIn({ levels, ...others }: Corruption): Condition[] {
  return levels.map((snrDb) => ({ snrDb, ...others }));
}

/** Noise where none is named: the data set's own, or what resembles most of what is recorded. */
const NOISE_WITHOUT_BACKGROUND = "pink" satisfies Condition["noise"];

/** With the noise that is meant where none is named. */
export function withNoise<Config extends DataSpec>({ background }: DataKind, config: Config): Config {
  const { corrupt } = config;
  if (corrupt === undefined || corrupt.noise !== null) return config;
  const noise = background === undefined ? NOISE_WITHOUT_BACKGROUND : NOISES[0];
  return { ...config, corrupt: { ...corrupt, noise } };
}

/**
 * Splits are named in vain where nothing is changed, and of a data set that has no background recordings none can be
 * added. Paths are below the data set's group.
 */
export function corruptProblems({ background }: DataKind, config: DataSpec): Problem[] {
  const { corrupt } = config;
  if (
    corrupt?.snr_db === null && corrupt.gain_db === null && corrupt.splits.some((split) => split !== "test")
  ) {
    return [{
      path: ["corrupt", "splits"],
      message: `wanted corrupt.snr_db or corrupt.gain_db beside it, without which nothing is changed, found ${
        corrupt.splits.join(", ")
      } alone`,
    }];
  }
  const wantsNoise = SPLITS.some((split) =>
    corruptionOf(config, split)?.levels.some((level) => level !== "clean")
  );
  if (background !== undefined || corrupt?.noise !== NOISES[0] || !wantsNoise) return [];
  const made = NOISES.slice(1).join(" or ");
  return [{
    path: ["corrupt", "noise"],
    message:
      `wanted ${made}, as this data set has no background recordings of its own, found ${corrupt.noise}`,
  }];
}
