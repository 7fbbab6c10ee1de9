/** How `spectrumForward` of `wasm.as.ts` is called, whatever memory it works on. Pure. */
import { binCount, frameCount, padSamples } from "../../audio/framing.ts";
import type { SpectrumForm } from "./pass.ts";

const LANES = 4;

export interface SpectrumSizes {
  readonly frames: number;
  readonly bins: number;
  /** Float32 numbers that each thread needs for intermediate results. */
  readonly scratchFloats: number;
}

/** @param bands Of the bank; 0: none. @throws {RangeError} If clips are too short to be reflected. */
export function spectrumSizes(samples: number, form: SpectrumForm, bands: number): SpectrumSizes {
  const { nFft, hopSamples } = form;
  const frames = frameCount(samples, form);
  const bins = binCount(nFft);
  const padded = (wholeLanes(frames) - 1) * hopSamples + nFft;
  const vectors = 2 * nFft + bins + LANES - 1 + wholeLanes(bands);
  return { frames, bins, scratchFloats: wholeLanes(padded) + LANES * vectors };
}

/** Addresses; a bank of 0 is none. */
export interface SpectrumOperands {
  readonly wave: number;
  readonly tables: number;
  readonly bank: number;
  readonly out: number;
}

/** Arguments behind chunk and scratch. */
export function spectrumArguments(
  samples: number,
  { nFft, hopSamples, powerEpsilon, root, mask }: SpectrumForm,
  { frames }: SpectrumSizes,
  bank: { readonly bands: number; readonly logOffset: number | null } | null,
  at: SpectrumOperands,
): number[] {
  const [maskStart, maskEnd] = mask ?? [0, 0];
  const logOffset = bank?.logOffset ?? null;
  // deno-fmt-ignore
  return [
    at.wave, samples, padSamples(nFft), hopSamples, nFft, frames, at.tables, powerEpsilon, Number(root), maskStart,
    maskEnd, at.bank, bank?.bands ?? 0, Number(logOffset !== null), logOffset ?? 0, at.out,
  ];
}

function wholeLanes(count: number): number {
  return Math.ceil(count / LANES) * LANES;
}
