/** What probes of all front-ends do alike: filters and kernels before and after training, as arrays. */
import { dftBasis } from "../../lib/audio/dft_basis.ts";
import { binCount } from "../../lib/audio/framing.ts";
import { kernelChange, type KernelPairs, kernelResponse } from "../../lib/audio/kernel_response.ts";
import { Rng } from "../../lib/base/random.ts";
import type { StoredTensor, TensorFile, WritableData } from "../../lib/formats/safetensors.ts";
import { type Filters, filtersOf } from "../../lib/frontends/filters.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import { createState } from "../../lib/nn/state.ts";
import type { NetworkState, TensorSpec } from "../../lib/nn/types.ts";
import { assignValues } from "../../lib/train/snapshot.ts";

export type ProbeState = "initial" | "learned";

export type ProbeTensors = Map<string, StoredTensor<WritableData>>;

/** More rows than a page has pixels for are of no use, and their number goes into the time squared. */
const MOST_ROWS = 256;
/** Of 0 dB, the largest response of the initial kernels. */
const FLOOR_DB = -120;

/** Before and after training. */
export type ProbeStates = Readonly<Record<ProbeState, NetworkState>>;

/** Dispose of both. */
export function probeStates(specs: readonly TensorSpec[], best: TensorFile): ProbeStates {
  return { initial: createState({ specs }, Rng.fromSeed(0)), learned: learnedState(specs, best) };
}

/**
 * - If the filters are trained, `filters/<state>/weights` `[n_mels, bins]`, `centres_hz` and `widths_hz` `[n_mels]`;
 * - if the STFT kernels are, `kernels/change` `[bins]`, `kernels/bins` `[rows]` and `kernels/<state>/response_db`
 *   `[rows, rows]` over those bins, `kernels/shown` `[4]` and `kernels/<state>/wcos` and `wsin` `[4, n_fft]`.
 */
export async function frontendTensors(spec: FrontendSpec, states: ProbeStates): Promise<ProbeTensors> {
  const tensors: ProbeTensors = new Map();
  for (const state of ["initial", "learned"] as const) {
    if (spec.trainable.mel) addFilters(tensors, state, spec, await filtersOf(spec, states[state]));
  }
  if (spec.trainable.stft) addKernels(tensors, spec.nFft, await kernelsOf(states.learned, spec.nFft));
  return tensors;
}

/** A checkpoint's values where it has them, else the initial ones. */
function learnedState(specs: readonly TensorSpec[], { tensors }: TensorFile): NetworkState {
  const state = createState({ specs }, Rng.fromSeed(0));
  const own = new Map([...state].filter(([name]) => tensors.has(name)));
  assignValues(own, new Map([...own.keys()].map((name) => [name, tensors.get(name)!.data as Float32Array])));
  return state;
}

function addFilters(
  tensors: ProbeTensors,
  state: ProbeState,
  { nMels, nFft }: FrontendSpec,
  { weights, centresHz, widthsHz }: Filters,
): void {
  tensors.set(`filters/${state}/weights`, { shape: [nMels, binCount(nFft)], data: weights });
  tensors.set(`filters/${state}/centres_hz`, { shape: [nMels], data: centresHz });
  tensors.set(`filters/${state}/widths_hz`, { shape: [nMels], data: widthsHz });
}

async function kernelsOf(state: NetworkState, nFft: number): Promise<KernelPairs> {
  const values = async (last: string): Promise<Float32Array> => {
    const [, variable] = [...state].find(([name]) => name.endsWith(`.${last}`))!;
    return (await variable.data<"float32">()).slice();
  };
  return { wcos: await values("wcos"), wsin: await values("wsin"), nFft };
}

function addKernels(tensors: ProbeTensors, nFft: number, learned: KernelPairs): void {
  const initial: KernelPairs = { ...dftBasis(nFft), nFft };
  const change = kernelChange(initial, learned);
  const bins = evenly(change.length, MOST_ROWS);
  const shown = mostChanged(change, 4);
  tensors.set("kernels/change", { shape: [change.length], data: Float32Array.from(change) });
  tensors.set("kernels/bins", { shape: [bins.length], data: Int32Array.from(bins) });
  tensors.set("kernels/shown", { shape: [shown.length], data: Int32Array.from(shown) });
  const powers = (pairs: KernelPairs) => bins.map((k) => kernelResponse(pairs, k, bins));
  const first = powers(initial);
  const loudest = Math.max(...first.map((row) => Math.max(...row)));
  for (
    const [state, pairs, response] of [["initial", initial, first], [
      "learned",
      learned,
      powers(learned),
    ]] as const
  ) {
    const db = response.flatMap((row) =>
      [...row].map((p) => Math.max(FLOOR_DB, 10 * Math.log10(p / loudest)))
    );
    tensors.set(`kernels/${state}/response_db`, {
      shape: [bins.length, bins.length],
      data: Float32Array.from(db),
    });
    for (const part of ["wcos", "wsin"] as const) {
      const picked = shown.flatMap((k) => [...pairs[part].subarray(k * nFft, (k + 1) * nFft)]);
      tensors.set(`kernels/${state}/${part}`, {
        shape: [shown.length, nFft],
        data: Float32Array.from(picked),
      });
    }
  }
}

/** Up to `most` whole numbers below `count`, evenly spread, the ends among them. */
function evenly(count: number, most: number): number[] {
  const picked = Math.min(count, most);
  return Array.from({ length: picked }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, picked - 1)));
}

/** Divides the bins into `parts` stretches and takes of each the one that changed most. */
function mostChanged(change: Float64Array, parts: number): number[] {
  const edges = Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * change.length) / parts));
  return edges.slice(0, -1).map((start, i) => {
    const stretch = change.subarray(start, edges[i + 1]);
    return start + stretch.indexOf(Math.max(...stretch));
  });
}
