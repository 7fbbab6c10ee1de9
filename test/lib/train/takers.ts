/** What files of examples are opened for, without a network behind it. */
import { kind as stft } from "../../../lib/frontends/steps/stft/kind.ts";
import { type Representation, WAVEFORM } from "../../../lib/nn/representation.ts";
import type { FeatureInfo } from "../../../lib/records/features.ts";
import type { FeatureTaker } from "../../../lib/train/example_file_io.ts";

export const CLASSES = ["<blank>", "a", "b"];

/** Two bands. */
export const BANDS_FIRST: Representation = {
  name: "logmel",
  axes: [{ name: "band", size: 2 }, { name: "time", size: null }],
  unit: "ln of power",
  range: { below: 12 },
};

/** Three bins. */
export const FRAMES_FIRST: Representation = {
  name: "power",
  axes: [{ name: "time", size: null }, { name: "frequency", size: 3 }],
  unit: "power",
  range: null,
};

const STFT = {
  step: "stft",
  trained: false,
  module: "stft",
  nFft: 8,
  hopSamples: 4,
  powerEpsilon: 0,
  frameSamples: null,
  padding: "reflect",
  window: "hann",
  winLength: null,
  periodic: true,
  sampleRate: null,
  bins: null,
  conditioning: null,
} as const;
const STEPS = [{ step: "stft", trained: false, n_fft: 8 }, { step: "mel", trained: false, n_mels: 2 }];

/** Four samples are reflected at both ends of a wave, and a frame begins every four. */
export const TAKER: FeatureTaker = {
  steps: STEPS,
  representations: [WAVEFORM, FRAMES_FIRST, BANDS_FIRST],
  framing: stft.framing!(STFT),
  classes: CLASSES.length,
};

/** Of a file that {@link TAKER} takes in at that point. */
export function infoAt(entry: number, changes: Partial<FeatureInfo> = {}): FeatureInfo {
  return {
    steps: STEPS.slice(0, entry),
    representation: TAKER.representations[entry]!,
    classes: CLASSES,
    sampleRate: 8000,
    clipSamples: null,
    ...changes,
  };
}
