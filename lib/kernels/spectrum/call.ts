/** How `spectrumForward` of `wasm.as.ts` is called, whatever memory it works on. Pure. */
import { binCount, layFrames } from "../../audio/framing.ts";
import type { SpectrumForm } from "./pass.ts";

const LANES = 4;

export interface SpectrumSizes {
  readonly frames: number;
  /** Of a spectrum: its bins, and the energy behind them if it is asked for. */
  readonly columns: number;
  /** Samples before a clip that are its reflection. */
  readonly pad: number;
  /** Float32 numbers that each thread needs for intermediate results. */
  readonly scratchFloats: number;
}

/**
 * @param form Padded by reflection or not at all. @param bands Of the bank; 0: none.
 * @throws {RangeError} If clips are too short for a frame.
 */
export function spectrumSizes(samples: number, form: SpectrumForm, bands: number): SpectrumSizes {
  const { nFft, frameSamples, hopSamples, conditioning } = form;
  const { frames, before: pad } = layFrames(samples, form);
  const columns = binCount(nFft) + (conditioning?.energy === true ? 1 : 0);
  const padded = (wholeLanes(frames) - 1) * hopSamples + frameSamples;
  const vectors = 2 * nFft + columns + LANES - 1 + wholeLanes(bands);
  return { frames, columns, pad, scratchFloats: wholeLanes(padded) + LANES * vectors };
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
  { nFft, frameSamples, hopSamples, conditioning, powerEpsilon, root, mask }: SpectrumForm,
  { frames, pad }: SpectrumSizes,
  bank: { readonly bands: number; readonly logOffset: number | null } | null,
  at: SpectrumOperands,
): number[] {
  const [maskStart, maskEnd] = mask ?? [0, 0];
  const logOffset = bank?.logOffset ?? null;
  const { removeDc = false, preemphasis = 0, energy = false, scale = 1 } = conditioning ?? {};
  // deno-fmt-ignore
  return [
    at.wave, samples, pad, hopSamples, frameSamples, nFft, frames, at.tables, Number(conditioning !== null),
    Number(removeDc), preemphasis, energy ? scale ** 2 : 0, powerEpsilon, Number(root), maskStart, maskEnd, at.bank,
    bank?.bands ?? 0, Number(logOffset !== null), logOffset ?? 0, at.out,
  ];
}

function wholeLanes(count: number): number {
  return Math.ceil(count / LANES) * LANES;
}
