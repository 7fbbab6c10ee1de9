/** From the configuration to a front-end. */
import { type FrontendSpec, trainableOf } from "../lib/frontends/spec.ts";
import type { Json } from "../lib/base/json.ts";
import type { FrontendConfig, RunConfig } from "./config/schema.ts";

export function frontendSpec(
  { frontend, dataset, setting, seed }: Pick<RunConfig, "frontend" | "setting" | "seed"> & {
    readonly dataset: { readonly sample_rate: number };
  },
): FrontendSpec {
  const shared = {
    sampleRate: dataset.sample_rate,
    nFft: frontend.n_fft,
    hopSamples: frontend.hop_samples,
    nMels: frontend.n_mels,
    fMinHz: frontend.f_min_hz,
    fMaxHz: frontend.f_max_hz,
    powerEpsilon: frontend.power_epsilon,
    power: frontend.power,
    mask: frontend.mask,
    normalise: frontend.normalise,
    trainable: trainableOf(setting),
  };
  switch (frontend.kind) {
    case "nnaudio":
      return { kind: frontend.kind, ...shared, randomMel: frontend.random_mel ? { seed } : null };
    case "fastaudio":
      return {
        kind: frontend.kind,
        ...shared,
        filter: frontend.filter,
        limits: frontend.compat.band_limits,
        decibels: {
          amin: frontend.amin,
          refValue: frontend.ref_value,
          topDb: frontend.top_db,
          loudestOf: frontend.compat.top_db,
        },
        sort: frontend.sort,
        paramChangeFactor: frontend.param_change_factor,
        paramRandFactor: frontend.param_rand_factor,
      };
    default:
      throw frontend satisfies never;
  }
}

/** What sets a front-end apart from its kind: dotted key -> value, for the table; short words, for a run's name. */
export interface FrontendVariant {
  readonly values: Readonly<Record<string, Json>>;
  readonly words: readonly string[];
}

export function frontendVariant(frontend: FrontendConfig): FrontendVariant {
  const values: Record<string, Json> = {};
  const words: string[] = [];
  if (frontend.mask !== null) {
    const range = `${frontend.mask.start}-${frontend.mask.end}`;
    values["frontend.mask"] = range;
    words.push(`mask${range}`);
  }
  if (frontend.kind === "nnaudio" && frontend.random_mel) {
    values["frontend.random_mel"] = true;
    words.push("random");
  }
  return { values, words };
}

/** Keys that {@link frontendVariant} tells. */
export const VARIANT_KEYS: readonly string[] = ["frontend.mask", "frontend.random_mel"];
