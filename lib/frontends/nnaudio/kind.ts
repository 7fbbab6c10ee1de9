/** nnAudio's trainable Mel spectrogram: power, Slaney's Mel filters as a matrix, natural log. */
import { z } from "zod";
import type { FrontendKind } from "../contract.ts";
import {
  PARTS,
  PARTS_OF_SETTINGS,
  placing,
  spectrogram,
  spectrogramNotEnergies,
  spectrogramProblems,
  spectrogramSteps,
  spectrogramVariant,
} from "../spectrogram.ts";

const schema = z.strictObject({
  kind: z.literal("nnaudio"),
  ...spectrogram,
  /** The Mel matrix starts as rectified noise drawn from the seed, whether it is trained or not. */
  random_mel: z.boolean(),
});

export const kind: FrontendKind<z.output<typeof schema>> = {
  schema,
  parts: PARTS,
  settings: PARTS_OF_SETTINGS,
  notEnergies: spectrogramNotEnergies,
  check: spectrogramProblems,
  steps(config, context) {
    const random = config.random_mel ? { seed: context.seed } : null;
    const bank = { step: "mel", module: "mel_layer", ...placing(config, context), random };
    return spectrogramSteps(config, context, bank, "mel_layer.stft");
  },
  bands: ({ n_mels }) => n_mels,
  variant(config) {
    const { values, words } = spectrogramVariant(config);
    const random = config.random_mel;
    return {
      values: { ...values, "frontend.random_mel": random ? true : null },
      words: [...words, ...(random ? ["random"] : [])],
    };
  },
};
