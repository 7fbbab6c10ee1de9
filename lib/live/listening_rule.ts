/** When a network says a word: as a stream chose it, or as is usual where none did. Pure. */
import type { ClipCheckpoint } from "../records/clip_checkpoint.ts";
import type { OperatingPoint, Thresholds } from "../records/operating_point.ts";

/** All that decides when a word counts as heard, but for the classes. */
export interface ListeningRule extends Omit<OperatingPoint, "chosenOn"> {
  /** See `DetectorOptions`. */
  readonly echoSeconds: number;
}

/** Of a network whose checkpoint does not tell. */
const USUAL = { hopSeconds: 0.1, smoothing: 4, patience: 2, threshold: 0.5 } as const;

/** @param given What is asked for in the place of that. */
export function listeningRule(
  { operatingPoint, clipSamples, sampleRate }: Pick<
    ClipCheckpoint,
    "operatingPoint" | "clipSamples" | "sampleRate"
  >,
  given: Partial<Pick<ListeningRule, "hopSeconds" | "smoothing" | "patience" | "refractorySeconds">> = {},
): ListeningRule {
  const tuned = operatingPoint ?? USUAL;
  const { threshold, thresholds }: Thresholds = tuned;
  const { hopSeconds = tuned.hopSeconds, smoothing = tuned.smoothing, patience = tuned.patience } = given;
  // One word is one detection for as long as a window has any of it.
  const whole = clipSamples / sampleRate + smoothing * hopSeconds;
  const { refractorySeconds = operatingPoint?.refractorySeconds ?? whole } = given;
  const echoSeconds = operatingPoint === undefined ? refractorySeconds : 0;
  return { threshold, thresholds, hopSeconds, smoothing, patience, refractorySeconds, echoSeconds };
}
