/** EfficientLEAF: LEAF's filters in groups, each computed as seldom and as short as it may be. */
import { z } from "zod";
import type { Problem } from "../../base/kinds.ts";
import type { FrontendContext, FrontendKind } from "../contract.ts";
import { compressionStep } from "../parts.ts";
import { normalisation, normalisationSteps } from "../spectrogram.ts";
import { pooledConfig, pooledProblems, trainedParts } from "../steps/pooled_frames.ts";

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

export const kind: FrontendKind<Config> = {
  schema,
  parts: { filters: "Gabor filters", pooling: "pooling windows" },
  settings: { A: [], B: ["pooling"], C: ["filters"], D: ["filters", "pooling"] },
  settingsOfCompression: ["D"],
  check,
  steps(config, context) {
    const { kind: _kind, normalise, ...values } = config;
    return [
      { step: "grouped_gabor", ...values, ...trainedParts(context), sample_rate: context.sampleRate },
      compressionStep(context),
      ...normalisationSteps(normalise),
    ];
  },
  bands: ({ n_mels }) => n_mels,
  variant: () => ({ values: {}, words: [] }),
};

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
