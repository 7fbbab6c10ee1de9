/** Where clips end: in whole hops, each clip of a batch for itself. */
import * as tf from "@tensorflow/tfjs";
import { gaborFrameCount } from "../../audio/gabor.ts";
import { frameMask } from "../operation/valid_frames.ts";
import { sumOf } from "../standard/sum_of.ts";
import type { GaborForm } from "./types.ts";

/** Up to where energies count: of centred frames the hop in which a clip ends, so that frames alone tell its length. */
export function countedSamples(samples: number, form: GaborForm): number {
  return form.frames === "centred" ? gaborFrameCount(samples, form) * form.hopSamples : samples;
}

/** Clips with zeros behind them, `[B, length]`; themselves if they are as long. */
export function lengthened(wave: tf.Tensor2D, length: number): tf.Tensor2D {
  const missing = length - wave.shape[1];
  return missing === 0 ? wave : tf.pad(wave, [[0, 0], [0, missing]]);
}

/**
 * Energies of clips that end before the batch does, by an operation in which all end with it: only windows that reach
 * beyond a clip's end differ, and these are computed once more from the stretch that ends there. Centred frames.
 *
 * @param wave `[B, samples]`, zeros behind each clip. @param validFrames `[B]`.
 * @param energies Of clips that are whole hops long. @returns `[B, M, T]`.
 */
export function endingEarly(
  wave: tf.Tensor2D,
  validFrames: Int32Array,
  form: GaborForm,
  energies: (wave: tf.Tensor2D) => tf.Tensor3D,
): tf.Tensor3D {
  const { hopSamples: hop, taps } = form;
  const frames = gaborFrameCount(wave.shape[1], form);
  const most = rounded(frames);
  /** Frames whose windows reach beyond the end, and those that hear what they hear. */
  const late = Math.floor((taps - 1) / 2 / hop);
  const stretch = late + Math.ceil((taps - 1) / hop);
  const whole = lengthened(wave, most * hop);
  const isLong = (count: number) => count >= stretch;

  const early = frameMask(validFrames.map((count) => isLong(count) ? count - late : 0), most);
  const made = tf.mul(energies(whole), tf.expandDims(early, 1)) as tf.Tensor3D;
  const parts: tf.Tensor3D[] = [made];
  if (late > 0 && validFrames.some(isLong)) {
    const led = tf.pad(whole, [[0, 0], [stretch * hop, 0]]);
    const ends = energies(clipsOf(led, validFrames.map((count) => count * hop), stretch * hop));
    const [batch, bands] = ends.shape;
    const last = tf.slice(ends, [0, 0, stretch - late], [batch, bands, late]);
    parts.push(tf.matMul<tf.Tensor3D>(last, placesOf(validFrames, isLong, late, most)));
  }
  for (const count of new Set(validFrames.filter((count) => !isLong(count)))) {
    const rows = [...validFrames.keys()].filter((clip) => validFrames[clip] === count);
    const own = energies(tf.concat(rows.map((clip) => tf.slice(whole, [clip, 0], [1, count * hop]))));
    const padded = tf.pad(own, [[0, 0], [0, 0], [0, most - count]]);
    const placed = tf.matMul(rowsOf(rows, validFrames.length), tf.reshape(padded, [rows.length, -1]));
    parts.push(tf.reshape(placed, made.shape) as tf.Tensor3D);
  }
  const [batch, bands] = made.shape;
  return tf.slice(sumOf(parts), [0, 0, 0], [batch, bands, frames]);
}

/** Steps of an octave: what is kept for each length of a batch is kept for so many. */
const OF_OCTAVE = 16;

/** The next of a few numbers. */
function rounded(frames: number): number {
  const step = Math.max(1, 2 ** Math.floor(Math.log2(frames)) / OF_OCTAVE);
  return Math.ceil(frames / step) * step;
}

/** A stretch of each clip. @returns `[B, length]`. */
function clipsOf(wave: tf.Tensor2D, begins: Int32Array, length: number): tf.Tensor2D {
  return tf.concat(Array.from(begins, (begin, clip) => tf.slice(wave, [clip, begin], [1, length])));
}

/** `[B, late, most]`: 1 where a late frame belongs. */
function placesOf(
  validFrames: Int32Array,
  isLong: (count: number) => boolean,
  late: number,
  most: number,
): tf.Tensor3D {
  const places = new Float32Array(validFrames.length * late * most);
  validFrames.forEach((count, clip) => {
    if (!isLong(count)) return;
    for (let i = 0; i < late; i++) places[(clip * late + i) * most + count - late + i] = 1;
  });
  return tf.tensor3d(places, [validFrames.length, late, most]);
}

/** `[batch, rows]`: 1 where a row belongs. */
function rowsOf(rows: readonly number[], batch: number): tf.Tensor2D {
  const places = new Float32Array(batch * rows.length);
  rows.forEach((clip, row) => places[clip * rows.length + row] = 1);
  return tf.tensor2d(places, [batch, rows.length]);
}
