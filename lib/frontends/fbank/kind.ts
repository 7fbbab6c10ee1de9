/** Kaldi's logarithms of Mel energies: `compute-fbank-feats`. */
import { z } from "zod";
import type { FrontendKind } from "../contract.ts";
import { kaldi, kaldiProblems, kaldiSteps } from "../kaldi.ts";
import { PARTS, PARTS_OF_SETTINGS, spectrogramVariant } from "../spectrogram.ts";

const schema = z.strictObject({ kind: z.literal("fbank"), ...kaldi });

export const kind: FrontendKind<z.output<typeof schema>> = {
  schema,
  parts: PARTS,
  settings: PARTS_OF_SETTINGS,
  check: kaldiProblems,
  steps: (config, context) => kaldiSteps(config, context, false, []),
  bands: ({ n_mels }) => n_mels,
  variant: spectrogramVariant,
};
