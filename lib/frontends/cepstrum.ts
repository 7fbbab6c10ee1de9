/** What front-ends share that end in cepstral coefficients. */
import { z } from "zod";
import type { Problem } from "../base/kinds.ts";
import type { FrontendContext, Setting, StepSpec } from "./contract.ts";
import { PARTS, PARTS_OF_SETTINGS, trains } from "./spectrogram.ts";

export const cepstrum = {
  /** Coefficients, which are the bands that models see. */
  n_mfcc: z.int().min(1).max(128),
  /** Length of the sine that weighs them; 0: none does. */
  lifter: z.number().min(0),
};

/** From where on coefficients are weighed; and whatever else the program of that name does. */
const CONVENTION_LIFTS = { librosa: 1, kaldi: 0 } as const;
export type Convention = keyof typeof CONVENTION_LIFTS;
export const CONVENTIONS = Object.keys(CONVENTION_LIFTS) as readonly Convention[];

export const CEPSTRUM_PARTS = { ...PARTS, dct: "cosine transform" } as const;
/** The transform has no setting: lists of parts name it. */
export const CEPSTRUM_SETTINGS: Readonly<Record<Setting, readonly string[]>> = PARTS_OF_SETTINGS;

const schema = z.object(cepstrum);
type CepstrumConfig = z.output<typeof schema>;

/** @param energy Whether the last band is the frames' energy. */
export function cepstrumStep(
  { n_mfcc, lifter }: CepstrumConfig,
  context: FrontendContext,
  convention: Convention,
  energy: boolean,
): StepSpec {
  const lifter_from = CONVENTION_LIFTS[convention];
  const step = {
    step: "dct",
    trained: trains(context, "dct"),
    module: "mfcc_layer",
    n_mfcc,
    lifter,
    lifter_from,
  };
  return energy ? { ...step, energy } : step;
}

export function cepstrumProblems(
  { n_mfcc, n_mels }: CepstrumConfig & { readonly n_mels: number },
): Problem[] {
  if (n_mfcc <= n_mels) return [];
  return [{ path: ["frontend", "n_mfcc"], message: `wanted at most n_mels = ${n_mels}, found ${n_mfcc}` }];
}
