/** Time-domain filterbanks: complex filters of free taps that start as Gabor filters, energies, a free pooling window. */
import { z } from "zod";
import { melGaborBands } from "../../audio/gabor.ts";
import type { Problem } from "../../base/kinds.ts";
import type { FrontendContext, FrontendKind } from "../contract.ts";
import { pooledFrontend } from "../pooled_front_end.ts";
import { normalisation } from "../spectrogram.ts";
import { pooledConfig, pooledProblems } from "../steps/pooled_frames.ts";

const schema = z.strictObject({ kind: z.literal("tdfbanks"), ...pooledConfig, normalise: normalisation });

type Config = z.output<typeof schema>;

export const kind: FrontendKind<Config> = pooledFrontend({
  schema,
  step: "free_filters",
  parts: { filters: "filter taps", pooling: "pooling window" },
  settingsOfCompression: ["D"],
  check,
  // The weights of its window may be of any sign.
  signedBy: ({ floor }, { trained }) => floor === null && trained.includes("pooling") ? ["floor"] : null,
});

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
