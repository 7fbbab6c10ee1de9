/** Mel-frequency cepstral coefficients in the convention of librosa and nnAudio. */
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
import { melProblems, melShape, melStart } from "../mel_options.ts";
import {
  placing,
  spectrogram,
  spectrogramNotEnergies,
  spectrogramProblems,
  spectrogramSteps,
  spectrogramVariant,
} from "../spectrogram.ts";

const schema = z.strictObject({
  kind: z.literal("mfcc"),
  convention: z.enum(CONVENTIONS),
  ...spectrogram,
  ...melShape,
  ...cepstrum,
});

export const kind: FrontendKind<z.output<typeof schema>> = {
  schema,
  parts: CEPSTRUM_PARTS,
  settings: CEPSTRUM_SETTINGS,
  notEnergies: spectrogramNotEnergies,
  check(config, context) {
    const problems = [
      ...spectrogramProblems(config, context),
      ...melProblems(config),
      ...cepstrumProblems(config),
    ];
    if (config.convention !== "librosa") {
      problems.push({
        path: ["frontend", "convention"],
        message:
          `these are librosa's keys; wanted librosa, or the front-end mfcc_kaldi, found ${config.convention}`,
      });
    }
    return problems;
  },
  steps(config, context) {
    const bank = {
      step: "mel",
      module: "mel_layer",
      ...placing(config, context),
      random: null,
      ...melStart(config),
    };
    const dct = cepstrumStep(config, context, config.convention, false);
    return spectrogramSteps(config, context, bank, "mel_layer.stft", [dct]);
  },
  bands: ({ n_mfcc }) => n_mfcc,
  variant: spectrogramVariant,
};
