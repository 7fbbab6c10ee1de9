/** Front-ends that are filters and a pooling in one step: what their kinds have in common. */
import type { z } from "zod";
import type { FrontendConfig, FrontendKind, Setting } from "./contract.ts";
import { compressionStep } from "./parts.ts";
import { type normalisation, normalisationSteps } from "./spectrogram.ts";
import { type PooledPart, trainedParts } from "./steps/pooled_frames.ts";

/** B is what is behind the filters, C the filters. */
export const POOLED_SETTINGS: Readonly<Record<Setting, readonly PooledPart[]>> = {
  A: [],
  B: ["pooling"],
  C: ["filters"],
  D: ["filters", "pooling"],
};

type PooledConfig = FrontendConfig & {
  readonly n_mels: number;
  readonly normalise: z.output<typeof normalisation>;
};

/** What a kind says of itself; the rest follows. */
interface PooledKind<Config extends PooledConfig>
  extends
    Pick<FrontendKind<Config>, "schema" | "settingsOfCompression" | "check" | "notEnergies" | "signedBy">,
    Partial<Pick<FrontendKind<Config>, "variant">> {
  readonly parts: Readonly<Record<PooledPart, string>>;
  /** The step, whose values are the configuration's. */
  readonly step: string;
  /** The parts that there are to be trained. Absent: all. */
  partsOf?(config: Config): readonly PooledPart[];
}

export function pooledFrontend<Config extends PooledConfig>(
  { step, partsOf, ...own }: PooledKind<Config>,
): FrontendKind<Config> {
  return {
    variant: () => ({ values: {}, words: [] }),
    ...own,
    settings: POOLED_SETTINGS,
    steps(config, context) {
      const { kind: _kind, normalise, ...values } = config;
      return [
        { step, ...values, ...trainedParts(context, partsOf?.(config)), sample_rate: context.sampleRate },
        compressionStep(context),
        ...normalisationSteps(normalise),
      ];
    },
    bands: ({ n_mels }) => n_mels,
  };
}
