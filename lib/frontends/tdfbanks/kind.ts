/** Time-domain filterbanks: complex filters of free taps that start as Gabor filters, energies, a free pooling window. */
import { z } from "zod";
import { melGaborBands } from "../../audio/gabor.ts";
import type { Problem } from "../../base/kinds.ts";
import type { FrontendContext, FrontendKind } from "../contract.ts";
import { compressionStep } from "../parts.ts";
import { normalisation, normalisationSteps } from "../spectrogram.ts";
import { pooledConfig, pooledProblems, trainedParts } from "../steps/pooled_frames.ts";

const schema = z.strictObject({ kind: z.literal("tdfbanks"), ...pooledConfig, normalise: normalisation });

type Config = z.output<typeof schema>;

export const kind: FrontendKind<Config> = {
  schema,
  parts: { filters: "filter taps", pooling: "pooling window" },
  settings: { A: [], B: ["pooling"], C: ["filters"], D: ["filters", "pooling"] },
  settingsOfCompression: ["D"],
  check,
  // The weights of its window may be of any sign.
  signedBy: ({ floor }, { trained }) => floor === null && trained.includes("pooling") ? ["floor"] : null,
  steps(config, context) {
    const { kind: _kind, normalise, ...values } = config;
    return [
      { step: "free_filters", ...values, ...trainedParts(context), sample_rate: context.sampleRate },
      compressionStep(context),
      ...normalisationSteps(normalise),
    ];
  },
  bands: ({ n_mels }) => n_mels,
  variant: () => ({ values: {}, words: [] }),
};

function check(config: Config, context: FrontendContext): Problem[] {
  const problems = pooledProblems(config, context);
  if (problems.length > 0) return problems;
  const { n_mels: nMels, f_min_hz: fMinHz, f_max_hz: fMaxHz } = config;
  try {
    melGaborBands({ sampleRate: context.sampleRate, nMels, fMinHz, fMaxHz });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push({
      path: ["frontend", "n_mels"],
      message: `${error.message}; wanted fewer bands than ${nMels}`,
    });
  }
  return problems;
}
