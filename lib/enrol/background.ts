/**
 * What is none of the new words: embeddings of clips that a body was trained on, as a file that can be kept beside its
 * checkpoint, and negatives that are made where there is no such file. Pure.
 *
 * The file is safetensors: `embeddings` `[n, size]` (F32), `labels` `[n]` (I32) and `names` as JSON text (U8), in the
 * metadata `background_format`, the body's digest and the classes that labels count.
 */
import { brownNoise, pinkNoise, whiteNoise } from "../audio/noise.ts";
import { rms, scaled } from "../audio/level.ts";
import { wordBounds } from "../audio/word_bounds.ts";
import { UserError } from "../base/errors.ts";
import type { Rng } from "../base/random.ts";
import {
  decodeTensors,
  encodeTensors,
  type StoredTensor,
  type WritableData,
} from "../formats/safetensors.ts";
import type { EnrolBody } from "./body.ts";
import type { TakeShape } from "./takes.ts";
import { wordName } from "./words.ts";

/** Embeddings of clips with their classes. */
export interface Background {
  /** `[n, size]`. */
  readonly embeddings: Float32Array;
  /** `[n]`: indices of classes. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
  /** Of the clips, as data sets name them: a word that stands before a slash is what is said. */
  readonly names: readonly string[];
}

/** Raised when the layout changes. */
const FORMAT = "1";

export function encodeBackground(
  { embeddings, labels, classes, names }: Background,
  { size, digest }: Pick<EnrolBody, "size" | "digest">,
): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(names));
  return encodeTensors(
    new Map<string, StoredTensor<WritableData>>([
      ["embeddings", { shape: [labels.length, size], data: embeddings }],
      ["labels", { shape: [labels.length], data: labels }],
      ["names", { shape: [text.length], data: text }],
    ]),
    { background_format: FORMAT, body: digest, classes: JSON.stringify(classes) },
  );
}

/** @param name Names the file in errors. @throws {UserError} `bad-file` if it is none, or of another body. */
export function decodeBackground(
  bytes: Uint8Array,
  name: string,
  { size, digest }: Pick<EnrolBody, "size" | "digest">,
): Background {
  const { tensors, metadata } = decodeTensors(bytes, name);
  const [embeddings, labels, text] = ["embeddings", "labels", "names"].map((key) => tensors.get(key));
  const classes = namesIn(metadata["classes"]);
  const names = text?.data instanceof Uint8Array ? namesIn(new TextDecoder().decode(text.data)) : undefined;
  const count = labels?.data.length ?? 0;
  const isWhole = metadata["background_format"] === FORMAT && classes !== undefined &&
    names?.length === count &&
    embeddings?.data instanceof Float32Array && embeddings.shape.join() === `${count},${size}` &&
    embeddings.data.every(Number.isFinite) && labels?.data instanceof Int32Array &&
    labels.data.every((label) => label >= 0 && label < classes.length);
  if (metadata["background_format"] !== undefined && metadata["body"] !== digest) {
    throw new UserError(
      "bad-file",
      `Cannot use the background ${name}: it is of body ${
        metadata["body"]
      }, wanted ${digest}. Make it anew for this model.`,
    );
  }
  if (isWhole) {
    return {
      embeddings: embeddings.data as Float32Array,
      labels: labels!.data as Int32Array,
      classes,
      names: names!,
    };
  }
  throw new UserError(
    "bad-file",
    `Cannot use the background ${name}: it is no file of embeddings that was made for enrolling. Make it anew.`,
  );
}

/** Without clips of some words: what was unknown to the body until now is no longer negative. */
export function withoutWords(background: Background, words: readonly string[], size: number): Background {
  const { embeddings, labels, names, classes } = background;
  const kept = [...names.keys()].filter((i) => !words.includes(wordName(names[i]!.split("/")[0]!)));
  const own = new Float32Array(kept.length * size);
  kept.forEach((place, i) => own.set(embeddings.subarray(place * size, (place + 1) * size), i * size));
  return {
    embeddings: own,
    labels: Int32Array.from(kept, (place) => labels[place]!),
    names: kept.map((place) => names[place]!),
    classes,
  };
}

/** Levels of noise that is made, in dB of full scale. */
const NOISE_DB = [-60, -20] as const;
/** Of what is said, so that a part of it is no longer the word. */
const PARTS = [[0, 0.5], [0.5, 1], [0, 0.35], [0.65, 1]] as const;

/** Noise of all colours and levels, and nothing at all. */
export function madeNoise(count: number, { clipSamples }: TakeShape, rng: Rng): Float32Array[] {
  return Array.from({ length: count }, (_, i) => {
    const own = rng.fork(i);
    if (i === 0) return new Float32Array(clipSamples);
    const noise = own.pick([whiteNoise, pinkNoise, brownNoise])(clipSamples, own.fork("noise"));
    return scaled(noise, 10 ** (own.uniform(...NOISE_DB) / 20) / rms(noise));
  });
}

/** Beginnings and ends of a word, each where it is in the clip, and the word backwards. @param clip `[clipSamples]`. */
export function partsOf(clip: Float32Array, { sampleRate }: TakeShape): Float32Array[] {
  const [begin, end] = wordBounds(clip, sampleRate);
  const fade = Math.round(0.01 * sampleRate);
  const parts = PARTS.map(([from, to]) => {
    const [first, last] = [from, to].map((share) => Math.round(begin + share * (end - begin)));
    const part = new Float32Array(clip.length);
    for (let i = first!; i < last!; i++) {
      part[i] = clip[i]! * Math.min(1, (i - first! + 1) / fade, (last! - i) / fade);
    }
    return part;
  });
  return [...parts, clip.toReversed()];
}

function namesIn(text: string | undefined): readonly string[] | undefined {
  try {
    const names = JSON.parse(text ?? "");
    return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
  } catch {
    return undefined;
  }
}
