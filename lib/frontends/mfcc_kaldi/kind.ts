/** Kaldi's Mel-frequency cepstral coefficients: `compute-mfcc-feats`. */
import { z } from "zod";
import {
  cepstrum,
  CEPSTRUM_PARTS,
  CEPSTRUM_SETTINGS,
  cepstrumProblems,
  cepstrumStep,
  CONVENTIONS,
} from "../cepstrum.ts";
import type { FrontendKind } from "../contract.ts";
import { kaldi, kaldiProblems, kaldiSteps } from "../kaldi.ts";
import { spectrogramVariant } from "../spectrogram.ts";

const schema = z.strictObject({
  kind: z.literal("mfcc_kaldi"),
  convention: z.enum(CONVENTIONS),
  ...kaldi,
  ...cepstrum,
  /** The first coefficient is the logarithm of the frame's energy. */
  energy: z.boolean(),
});

export const kind: FrontendKind<z.output<typeof schema>> = {
  schema,
  parts: CEPSTRUM_PARTS,
  settings: CEPSTRUM_SETTINGS,
  check(config, context) {
    const problems = [...kaldiProblems(config, context), ...cepstrumProblems(config)];
    if (config.convention === "librosa") {
      problems.push({
        path: ["frontend", "convention"],
        message: `these are Kaldi's keys; wanted kaldi, or the front-end mfcc, found ${config.convention}`,
      });
    }
    return problems;
  },
  steps(config, context) {
    const dct = cepstrumStep(config, context, config.convention, config.energy);
    return kaldiSteps(config, context, config.energy, [dct]);
  },
  bands: ({ n_mfcc }) => n_mfcc,
  variant: spectrogramVariant,
};
