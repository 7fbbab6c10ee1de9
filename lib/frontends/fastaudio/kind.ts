/** fastaudio's filter bank: magnitude, filters given by centre frequency and width, decibels. */
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
  trains,
} from "../spectrogram.ts";

const schema = z.strictObject({
  kind: z.literal("fastaudio"),
  ...spectrogram,
  filter: z.enum(["triangular", "gaussian", "rectangular"]),
  sort: z.boolean(),
  param_change_factor: z.number().positive(),
  param_rand_factor: z.number().min(0).lt(1),
  compat: z.strictObject({ band_limits: z.enum(["scaled", "original"]) }),
});

export const kind: FrontendKind<z.output<typeof schema>> = {
  schema,
  parts: PARTS,
  settings: PARTS_OF_SETTINGS,
  notEnergies: spectrogramNotEnergies,
  check(config, context) {
    const problems = spectrogramProblems(config, context);
    if (config.filter === "rectangular" && trains(context, "mel")) {
      problems.push({
        path: ["frontend", "filter"],
        message:
          `the filters are trained, but rectangular ones are 0 or 1 at every bin, so that centres and widths ` +
          `have no gradient; wanted triangular or gaussian`,
      });
    }
    return problems;
  },
  steps(config, context) {
    const { filter, compat, sort, param_change_factor, param_rand_factor } = config;
    const bank = {
      step: "bands",
      module: "fastaudio_filter",
      ...placing(config, context),
      filter,
      limits: compat.band_limits,
      sort,
      param_change_factor,
      param_rand_factor,
    };
    return spectrogramSteps(config, context, bank, "mel_layer");
  },
  bands: ({ n_mels }) => n_mels,
  variant: spectrogramVariant,
};
