/** Where frames are of filters' outputs that are pooled over windows: what such steps have in common. Pure. */
import { z } from "zod";
import type { Problem } from "../../base/kinds.ts";
import type { PooledFiltersForm } from "../../kernels/pooled_filters/types.ts";
import { type Representation, sizesOf } from "../../nn/representation.ts";
import type { Framing, FrontendContext } from "../contract.ts";
import { rangeProblems } from "../frequency_range.ts";

/**
 * `centred`: at multiples of a hop, one for each that a clip begins. `tensorflow`: as many, but where its SAME padding
 * has them, which depends on a clip's length. `inside`: windows that lie within the clip, its VALID padding.
 */
export const frameAlignment = z.enum(["centred", "tensorflow", "inside"]);

/** Parts of a step that has filters and a pooling. */
export const POOLED_PARTS = ["filters", "pooling"] as const;
export type PooledPart = typeof POOLED_PARTS[number];

/** What every step of filters and a pooling says of itself. */
export const pooledValues = {
  trained: z.boolean(),
  n_mels: z.int().min(1),
  /** Of a filter; odd. */
  taps: z.int().min(3),
  /** Of a pooling window. */
  pool_samples: z.int().min(1),
  hop_samples: z.int().min(1),
  frames: frameAlignment,
  /** What comes out is at least this; null: as it is. */
  floor: z.number().min(0).nullable(),
  /** Which tensors training changes. */
  parts: z.array(z.enum(POOLED_PARTS)).default([]),
};

export interface PooledFrames {
  readonly poolSamples: number;
  readonly hopSamples: number;
  readonly frames: z.output<typeof frameAlignment>;
}

export function pooledOutput(
  name: string,
  { nMels }: { readonly nMels: number },
  input: Representation,
  unit: string,
): Representation {
  sizesOf(name, input, ["time"]);
  return { name, axes: [{ name: "band", size: nMels }, { name: "time", size: null }], unit, range: null };
}

/** Filters continue a clip as zeros, and their outputs end with the hop that it ends in: padding changes nothing. */
export function pooledFraming(values: PooledFrames & { readonly taps: number }): Framing {
  return {
    frames: (samples) => samples < values.taps ? 0 : framesOf(samples, values),
    hopSamples: values.hopSamples,
    beyond: { samples: 0, are: "zeros" },
  };
}

/** @param samples Of a clip, with what pads it. */
export function pooledForm(
  samples: number,
  values: PooledFrames,
): Omit<PooledFiltersForm, "rectifier" | "stride"> {
  const { poolSamples: width, hopSamples: hop } = values;
  const frames = framesOf(samples, values);
  const last = (frames - 1) * hop;
  switch (values.frames) {
    case "centred":
      return { frames, hop, left: width >> 1, reach: hop };
    case "tensorflow":
      return { frames, hop, left: Math.max(0, last + width - samples) >> 1, reach: samples - last };
    case "inside":
      return { frames, hop, left: 0, reach: width };
    default:
      throw values.frames satisfies never;
  }
}

function framesOf(samples: number, { poolSamples, hopSamples, frames }: PooledFrames): number {
  return frames === "inside"
    ? Math.max(0, Math.floor((samples - poolSamples) / hopSamples) + 1)
    : Math.ceil(samples / hopSamples);
}

/** Which of the parts are trained: as a step has it. */
export function trainedParts(
  { trained }: FrontendContext,
  parts: readonly PooledPart[] = POOLED_PARTS,
): { readonly trained: boolean; readonly parts?: readonly PooledPart[] } {
  const own = parts.filter((part) => trained.includes(part));
  return { trained: own.length > 0, ...(own.length > 0 && { parts: own }) };
}

/** The same of a group of the configuration. */
export const pooledConfig = {
  n_mels: z.int().min(1).max(128),
  taps: z.int().min(3).max(4097),
  pool_samples: z.int().min(1).max(4097),
  hop_samples: z.int().min(1).max(4096),
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  frames: frameAlignment,
  floor: z.number().min(0).max(1).nullable(),
};

const schema = z.object(pooledConfig);
type PooledConfig = z.output<typeof schema>;

export function pooledProblems(
  config: PooledConfig,
  context: FrontendContext,
): Problem[] {
  const { clipSamples } = context;
  const { taps, pool_samples, hop_samples, frames } = config;
  const problems = rangeProblems(config, context);
  const add = (key: keyof PooledConfig, message: string) =>
    problems.push({ path: ["frontend", key], message });
  if (taps % 2 === 0) add("taps", `wanted an odd number, found ${taps}`);
  for (const [key, length] of Object.entries({ taps, pool_samples })) {
    if (clipSamples === null || length <= clipSamples) continue;
    add(
      key as keyof PooledConfig,
      `wanted at most the clip's ${clipSamples} samples (dataset.clip_samples), found ${length}`,
    );
  }
  if (hop_samples > pool_samples) {
    add(
      "hop_samples",
      `wanted at most pool_samples = ${pool_samples}, as nothing else hears what lies between, found ${hop_samples}`,
    );
  }
  if (clipSamples === null && frames === "tensorflow") {
    add(
      "frames",
      `tensorflow places frames by a clip's length, and clips here differ in length (data of sentences); wanted centred ` +
        `or inside`,
    );
  }
  return problems;
}
