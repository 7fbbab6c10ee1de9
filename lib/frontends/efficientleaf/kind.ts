/** EfficientLEAF: LEAF's filters in groups, each computed as seldom and as short as it may be. */
import { z } from "zod";
import type { Problem } from "../../base/kinds.ts";
import type { FrontendContext, FrontendKind } from "../contract.ts";
import { pooledFrontend } from "../pooled_front_end.ts";
import { normalisation } from "../spectrogram.ts";
import { pooledConfig, pooledProblems } from "../steps/pooled_frames.ts";

const { taps: _taps, frames: _frames, ...shared } = pooledConfig;

const schema = z.strictObject({
  kind: z.literal("efficientleaf"),
  ...shared,
  groups: z.int().min(1),
  taps_of_width: z.number().min(1).max(20),
  stride_factor: z.number().positive().max(100),
  normalise: normalisation,
});

type Config = z.output<typeof schema>;

export const kind: FrontendKind<Config> = pooledFrontend({
  schema,
  step: "grouped_gabor",
  parts: { filters: "Gabor filters", pooling: "pooling windows" },
  settingsOfCompression: ["D"],
  check,
});

function check(config: Config, context: FrontendContext): Problem[] {
  const { pool_samples, n_mels, groups } = config;
  const problems = pooledProblems({ ...config, taps: 3, frames: "centred" }, context);
  if (pool_samples % 2 === 0) {
    problems.push({
      path: ["frontend", "pool_samples"],
      message: `wanted an odd number, found ${pool_samples}`,
    });
  }
  if (groups > n_mels) {
    problems.push({
      path: ["frontend", "groups"],
      message: `wanted at most n_mels = ${n_mels}, one filter a group, found ${groups}`,
    });
  }
  return problems;
}
