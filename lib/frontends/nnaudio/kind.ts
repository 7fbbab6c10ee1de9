/** nnAudio's trainable Mel spectrogram: power, Slaney's Mel filters as a matrix, natural log. */
import { z } from "zod";
import type { FrontendKind } from "../contract.ts";
import { melProblems, melShape, melStart } from "../mel_options.ts";
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
  ...melShape,
});

export const kind: FrontendKind<z.output<typeof schema>> = {
  schema,
  parts: PARTS,
  settings: PARTS_OF_SETTINGS,
  notEnergies: spectrogramNotEnergies,
  check(config, context) {
    const { random_mel, filters } = config;
    const problems = [...spectrogramProblems(config, context), ...melProblems(config)];
    if (random_mel && filters === "gammatone") {
      problems.push({
        path: ["frontend", "random_mel"],
        message:
          "the filters start as gammatones or as noise; wanted false, or filters: mel, found true and gammatone",
      });
    }
    return problems;
  },
  steps(config, context) {
    const random = config.random_mel ? { seed: context.seed } : null;
    const bank = {
      step: "mel",
      module: "mel_layer",
      ...placing(config, context),
      random,
      ...melStart(config),
    };
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
