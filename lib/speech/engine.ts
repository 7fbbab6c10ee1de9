/** What a text-to-speech engine is to this project: text and a voice in, samples out, the same bytes each time. */

export type EngineName = "espeak" | "flite" | "gnuspeech";

export interface EngineVoice {
  /** A variant of the engine's catalogue, such as `gmw/en-US+f2`, `slt` or `small_child`. */
  readonly variant: string;
  /** Pitch relative to the variant's own, in semitones. flite's `rms` ignores it. */
  readonly semitones: number;
  /** Speed of speaking relative to the variant's own: 2 is twice as fast. Above 0. */
  readonly speed: number;
}

export interface SynthesizedSpeech {
  /** `[n]`, full scale 1, silence around the speech included. */
  readonly samples: Float32Array;
  /** In Hz; engines differ. */
  readonly sampleRate: number;
  /** What is said when, in order; absent where the engine does not tell. */
  readonly events?: readonly SpeechEvent[];
}

/** Where a phone or a pause begins. */
export interface SpeechEvent {
  /** In seconds from the first sample. */
  readonly seconds: number;
  /** In IPA without stress; null for a pause. */
  readonly phone: string | null;
}

export interface SpeechEngine {
  readonly name: EngineName;
  /**
   * Speaks `text`. Every call starts from the engine's initial state, so the result depends on the arguments alone.
   *
   * @throws {RangeError} If the engine does not have the variant.
   */
  synthesize(text: string, voice: EngineVoice): SynthesizedSpeech;
}

/** The sentence for a variant that an engine does not have. */
export function unknownVariant(engine: EngineName, variant: string, known: readonly string[]): RangeError {
  return new RangeError(
    `Cannot speak with ${engine}: no variant ${JSON.stringify(variant)} in ${known.join(", ")}`,
  );
}
