/** Draws the speakers of the synthetic data set and divides them among the splits. */
import { sha256 } from "../base/digest.ts";
import type { Rng } from "../base/random.ts";
import {
  ESPEAK_ACCENTS,
  ESPEAK_SPEAKERS,
  FLITE_VARIANTS,
  GNUSPEECH_VARIANTS,
  type SpeakerKind,
  type VariantInfo,
} from "../speech/catalogue.ts";
import type { EngineName } from "../speech/engine.ts";
import type { SplitName } from "../records/example_index.ts";

/** A speaker: everything about the voice that stays the same from clip to clip. */
export interface SpokenVoice {
  /** Eight hexadecimal digits, unique in a plan. */
  readonly speaker: string;
  readonly engine: EngineName;
  readonly variant: string;
  readonly kind: SpeakerKind;
  /** Pitch relative to the variant's own, in semitones. */
  readonly semitones: number;
  /** Speed relative to the variant's own. */
  readonly speed: number;
  /** Length of the vocal tract relative to the variant's own: formants lie lower by this factor. */
  readonly tract: number;
  readonly split: SplitName;
}

interface EngineRanges {
  /** Relative number of voices. */
  readonly share: number;
  readonly semitones: number;
  readonly speed: readonly [number, number];
  readonly tract: readonly [number, number];
}

/** flite and gnuspeech have five variants each, so their speakers differ more in the other respects. */
const RANGES: Readonly<Record<EngineName, EngineRanges>> = {
  espeak: { share: 10, semitones: 2.5, speed: [0.65, 1], tract: [0.92, 1.08] },
  flite: { share: 3, semitones: 3, speed: [0.85, 1.2], tract: [0.86, 1.16] },
  gnuspeech: { share: 3, semitones: 3, speed: [0.85, 1.25], tract: [0.88, 1.14] },
};
const VALIDATION_SHARE = 0.1;
const TEST_SHARE = 0.2;

/**
 * Draws `count` voices, spread over the engines and, within each, over kinds of speakers. About a tenth of each
 * engine's voices are for validation and a fifth for testing, never fewer than one of an engine with three or more.
 *
 * @param count At least 3. @param engines At least one.
 */
export function drawVoices(count: number, engines: readonly EngineName[], rng: Rng): SpokenVoice[] {
  const shares = shareOut(count, engines.map((engine) => RANGES[engine].share));
  const taken = new Set<string>();
  const voices = engines.flatMap((engine, i) => {
    const drawn = drawEngineVoices(engine, shares[i]!, rng.fork(engine), taken);
    return drawn.map((voice, k) => ({ ...voice, split: splitAt(k, drawn.length) }));
  });
  return fillEmptySplits(voices);
}

type Unassigned = Omit<SpokenVoice, "split">;

function drawEngineVoices(engine: EngineName, count: number, rng: Rng, taken: Set<string>): Unassigned[] {
  const ranges = RANGES[engine];
  const variants = alternating(rng.fork("variants").shuffle(variantsOf(engine, rng.fork("accents"))));
  return Array.from({ length: count }, (_, k) => {
    const { variant, kind } = variants[k % variants.length]!;
    for (let attempt = 0;; attempt++) {
      const draw = rng.fork(`voice-${k}-${attempt}`);
      const semitones = round(draw.uniform(-ranges.semitones, ranges.semitones));
      const speed = round(draw.uniform(...ranges.speed));
      const tract = round(draw.uniform(...ranges.tract));
      const speaker = sha256(`${engine}/${variant}/${semitones}/${speed}/${tract}`).slice(0, 8);
      if (taken.has(speaker)) continue;
      taken.add(speaker);
      return { speaker, engine, variant, kind, semitones, speed, tract };
    }
  });
}

function variantsOf(engine: EngineName, rng: Rng): readonly VariantInfo[] {
  switch (engine) {
    case "espeak": {
      const accents = rng.shuffle(ESPEAK_ACCENTS);
      return ESPEAK_SPEAKERS.map(({ variant, kind }, i) => ({
        variant: `${accents[i % accents.length]}+${variant}`,
        kind,
      }));
    }
    case "flite":
      return FLITE_VARIANTS;
    case "gnuspeech":
      return GNUSPEECH_VARIANTS;
    default:
      engine satisfies never;
      throw new Error(`No engine is called ${engine}`);
  }
}

/** Takes from the kinds of speakers in turn, so that any stretch of the list mixes them. */
function alternating(variants: readonly VariantInfo[]): VariantInfo[] {
  const kinds: readonly SpeakerKind[] = ["female", "male", "child"];
  const queues = kinds.map((kind) => variants.filter((variant) => variant.kind === kind));
  const longest = Math.max(...queues.map((queue) => queue.length));
  return Array.from({ length: longest }, (_, i) => queues.flatMap((queue) => queue.slice(i, i + 1))).flat();
}

function splitAt(position: number, count: number): SplitName {
  if (count < 3) return "train";
  const validation = Math.max(1, Math.round(VALIDATION_SHARE * count));
  const test = Math.max(1, Math.round(TEST_SHARE * count));
  if (position < validation) return "validation";
  return position < validation + test ? "test" : "train";
}

/** With few voices every engine may have too few to divide: then the last two voices fill the empty splits. */
function fillEmptySplits(voices: readonly SpokenVoice[]): SpokenVoice[] {
  if (voices.some(({ split }) => split !== "train")) return [...voices];
  return voices.map((voice, i) => {
    if (i === voices.length - 1) return { ...voice, split: "validation" };
    return i === voices.length - 2 ? { ...voice, split: "test" } : voice;
  });
}

/** Whole numbers in the given proportions with the given sum, at least 1 each while they last. */
function shareOut(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const shares = weights.map((weight) => Math.max(1, Math.floor(total * weight / sum)));
  for (let i = 0, left = total - shares.reduce((a, b) => a + b, 0); left !== 0; i = (i + 1) % shares.length) {
    if (left > 0) [shares[i], left] = [shares[i]! + 1, left - 1];
    else if (shares[i]! > 0) [shares[i], left] = [shares[i]! - 1, left + 1];
  }
  return shares;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
