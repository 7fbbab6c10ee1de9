/** How the functions of `wasm.as.ts` are called, whatever memory they work on. Pure. */
import { binCount, layFrames, samplesBefore } from "../../audio/framing.ts";
import type { SpectrumForm } from "./pass.ts";

const LANES = 4;

export interface SpectrumSizes {
  readonly frames: number;
  /** Of a spectrum: its bins, and the energy behind them if it is asked for. */
  readonly columns: number;
  /** Samples before a clip that its frames see. */
  readonly pad: number;
  /** Float32 numbers that each thread needs for intermediate results. */
  readonly scratchFloats: number;
}

/**
 * @param bands Of the bank; 0: none.
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

/** A bank whose filters are in the memory. */
export interface BankCall {
  readonly bands: number;
  readonly logOffset: number | null;
}

/** Addresses; a bank of 0 is none. */
export interface SpectrumTables {
  readonly tables: number;
  readonly bank: number;
}

export interface SpectrumOperands extends SpectrumTables {
  readonly wave: number;
  readonly out: number;
}

/** Arguments of `spectrumForward` behind chunk and scratch. @param form Padded by reflection or not at all. */
export function spectrumArguments(
  samples: number,
  form: SpectrumForm,
  { frames, pad }: SpectrumSizes,
  bank: BankCall | null,
  at: SpectrumOperands,
): number[] {
  const { hopSamples, frameSamples, nFft } = form;
  return [
    ...[at.wave, samples, pad, hopSamples, frameSamples, nFft, frames, at.tables],
    ...transformArguments(form, bank, at.bank),
    at.out,
  ];
}

/** Of `spectrumOfClips`. @param clips Address of its list. @param integers Whether samples are 16-bit integers. */
export function clipsArguments(
  form: SpectrumForm,
  bank: BankCall | null,
  clips: number,
  integers: boolean,
  at: SpectrumTables,
): number[] {
  const { padding, hopSamples, frameSamples, nFft } = form;
  const [mirrored, again] = [padding === "reflect" || padding === "repeat", padding === "repeat"];
  return [
    ...[clips, Number(integers), Number(mirrored), Number(again)],
    ...[samplesBefore(form), hopSamples, frameSamples, nFft, at.tables],
    ...transformArguments(form, bank, at.bank),
  ];
}

function transformArguments(
  { conditioning, powerEpsilon, root, mask }: SpectrumForm,
  bank: BankCall | null,
  filters: number,
): number[] {
  const [maskStart, maskEnd] = mask ?? [0, 0];
  const logOffset = bank?.logOffset ?? null;
  const { removeDc = false, preemphasis = 0, energy = false, scale = 1 } = conditioning ?? {};
  // deno-fmt-ignore
  return [
    Number(conditioning !== null), Number(removeDc), preemphasis, energy ? scale ** 2 : 0, powerEpsilon, Number(root),
    maskStart, maskEnd, filters, bank?.bands ?? 0, Number(logOffset !== null), logOffset ?? 0,
  ];
}

function wholeLanes(count: number): number {
  return Math.ceil(count / LANES) * LANES;
}
