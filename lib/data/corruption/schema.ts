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
  noise: z.enum(NOISES).default(NOISES[0]),
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
  return isUnchanged ? null : { levels, gainDb, noise, seed };
}

/** Under which a split is tested besides as it is, each once. */
export function conditionsOf(config: DataSpec, split: SplitName): readonly Condition[] {
  const { levels, gainDb, noise } = corruptionOf(config, split) ??
    { levels: [], gainDb: null, noise: NOISES[0] };
  const all = levels.map((snrDb): Condition => ({ snrDb, gainDb, noise }));
  return [...new Map(all.map((condition) => [conditionKey(condition), condition])).values()]
    .filter((condition) => !isClean(condition));
}

/** Of a data set that has no background recordings, none can be added. Paths are below the data set's group. */
export function corruptProblems({ background }: DataKind, config: DataSpec): Problem[] {
  const { corrupt } = config;
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
