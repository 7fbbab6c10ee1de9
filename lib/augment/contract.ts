/** What an augmentation is: a pure function of (example, generator), applied in training alone. */
import type { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import type { Rng } from "../base/random.ts";

export type AugmentSpec = JsonObject & { readonly kind: string };

/** One example as an augmentation may change it. */
export interface AugmentedExample {
  /** At full scale 1, or features in the representation that training reads. */
  readonly values: Float32Array;
  /** Names of the example's labels. */
  readonly labels: readonly string[];
}

export interface AugmentKind<Config extends AugmentSpec = AugmentSpec> {
  /** Of `conf/augment/<name>.yaml`, in snake_case, with a literal `kind`. */
  readonly schema: z.ZodType<Config>;
  check(config: Config): readonly Problem[];
  /** What it changes; `nothing`: training reads cached features as ever. */
  changes(config: Config): "nothing" | "waves";
  load(): Promise<{
    /** @param rng Forked for each (run, epoch, example): the same generator gives the same change. */
    augment(config: Config, example: AugmentedExample, sampleRate: number, rng: Rng): AugmentedExample;
  }>;
}
