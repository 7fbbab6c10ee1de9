/** What the kernels of a fixed short-time Fourier transform read beside the wave. Pure; computed in float64. */
import { windowInFrame } from "../../audio/windows.ts";
import type { TransformForm } from "./pass.ts";
import { radicesOf } from "./radices.ts";

/** Whether a transform is cut into halves, of which two samples make one complex number. */
export function isServed({ nFft, isDft }: Pick<TransformForm, "nFft" | "isDft">): boolean {
  return isDft && nFft >= 2 && nFft % 2 === 0;
}

/** @throws {RangeError} If a transform is not of that kind. */
export function checkServed({ nFft, isDft }: TransformForm): void {
  if (!isServed({ nFft, isDft })) {
    throw new RangeError(
      `Cannot transform ${nFft} samples by halves: wanted an even number and the bins of its DFT`,
    );
  }
}

/**
 * Half the window, scaled; the factors that separate the transforms of even and odd samples; for each pass its
 * radix, its roots of one and its factors. Complex numbers are pairs.
 */
export function transformTables({ nFft, frameSamples, window, conditioning }: TransformForm): Float32Array {
  const half = nFft / 2;
  const height = (conditioning?.scale ?? 1) / 2;
  const numbers: number[] = Array.from(windowInFrame(window, frameSamples), (weight) => weight * height);
  numbers.push(...separatingNumbers(nFft), ...passNumbers(half));
  return Float32Array.from(numbers);
}

/** The factors that separate the transforms of even and odd samples. @param length Of the signal, even. */
export function separatingTable(length: number): Float32Array {
  return Float32Array.from(separatingNumbers(length));
}

function separatingNumbers(length: number): number[] {
  return Array.from({ length: (length >> 2) + 1 }, (_, k) => root(k, length)).flat();
}

/** What the passes of a transform of any length read: for each its radix, its roots of one and its factors. */
export function passTable(length: number): Float32Array {
  return Float32Array.from(passNumbers(length));
}

function passNumbers(whole: number): number[] {
  const numbers: number[] = [];
  let length = whole;
  for (const radix of radicesOf(whole)) {
    numbers.push(radix);
    for (let k = 0; k < radix; k++) numbers.push(...root(k, radix));
    const parts = length / radix;
    for (let p = 0; p < parts; p++) for (let k = 1; k < radix; k++) numbers.push(...root(p * k, length));
    length = parts;
  }
  return numbers;
}

function root(numerator: number, denominator: number): [re: number, im: number] {
  const angle = 2 * Math.PI * (numerator % denominator) / denominator; // reduced first: exact for large products
  return [Math.cos(angle), -Math.sin(angle)];
}

/** At most so many numbers: the factors of all passes together are `nFft - 2`, their own roots at most `nFft`. */
export function transformFloats(nFft: number): number {
  return 4 * nFft;
}

/** Weights are read so many at a time. */
const WHOLE = 4;

/**
 * A bank of filters without the zeros at both ends of each: its first bin and how many it has, as integers (the processor
 * takes longer to make them of floats than for their products), their weights, zeros up to whole fours.
 *
 * @param weights `[bands, bins]` row by row.
 */
export function bankTable(weights: Float32Array, bands: number): Float32Array {
  const bins = weights.length / bands;
  const filters = Array.from({ length: bands }, (_, band) => {
    const row = weights.subarray(band * bins, (band + 1) * bins);
    const start = Math.max(0, row.findIndex((weight) => weight !== 0));
    const end = Math.max(start, row.findLastIndex((weight) => weight !== 0) + 1);
    return { start, count: wholes(end - start), weights: row.subarray(start, end) };
  });
  const table = new Float32Array(filters.reduce((length, { count }) => length + 2 + count, 0));
  const integers = new Uint32Array(table.buffer);
  let at = 0;
  for (const { start, count, weights } of filters) {
    integers.set([start, count], at);
    table.set(weights, at + 2);
    at += 2 + count;
  }
  return table;
}

/** At most so many numbers. */
export function bankFloats(bands: number, bins: number): number {
  return bands * (wholes(bins) + 2);
}

function wholes(count: number): number {
  return Math.ceil(count / WHOLE) * WHOLE;
}
