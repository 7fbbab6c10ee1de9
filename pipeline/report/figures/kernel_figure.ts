/** STFT kernels before and after training. Pure. */
import { kernelChange, kernelResponse, type Tones, tonesAt } from "../../../lib/audio/kernel_response.ts";
import { type HeatMap, heatMap } from "../../../lib/plots/heat_map.ts";
import {
  kernelChangePlot,
  type KernelPair,
  kernelPlot,
  type KernelScales,
} from "../../../lib/plots/kernel_plots.ts";
import { DIVERGING } from "../../../lib/plots/colormap.ts";
import { type Cell, extentOf, type Panel } from "../../../lib/plots/spec.ts";
import { STATES } from "../../../lib/records/probe.ts";
import { binAxis, type Kernels, mostOf, rounded, type ViewFigure } from "./view_figure.ts";

/** More rows than a page has pixels for are of no use, and their number goes into the time squared. */
const MOST_ROWS = 256;
/** Of 0 dB, the largest response of the initial kernels. */
const FLOOR_DB = -120;
/** Pairs that are shown in full. */
const SHOWN = 2;

export function kernelFigure(run: string, initial: Kernels, learned: Kernels): ViewFigure {
  const { samples, sampleRate, binsHz } = initial;
  const change = [...kernelChange(initial, learned)];
  const bins = evenly(change.length, MOST_ROWS);
  const shown = mostChanged(change, SHOWN);
  const tonesHz = bins.map((bin) => binsHz[bin]!);
  const tones = tonesAt(tonesHz, samples, sampleRate);
  const powers = { initial: responses(initial, bins, tones), learned: responses(learned, bins, tones) };
  const loudest = Math.max(...powers.initial.map((row) => Math.max(...row)));
  const decibels = (row: Float64Array) =>
    Array.from(row, (power) => Math.max(FLOOR_DB, 10 * Math.log10(power / loudest)));
  const map = (values: number[], color: HeatMap["color"], note: string) =>
    heatMap({
      matrix: { rows: bins.length, columns: bins.length, values },
      x: binAxis("frequency of a tone", tonesHz),
      y: binAxis("bin", tonesHz),
      color,
      note,
      height: 170,
    });
  const images = STATES.map((state): Panel => ({
    id: `response-${state}`,
    title: `All kernels, ${state}`,
    spec: map(
      powers[state].flatMap(decibels),
      { title: "response (dB)", domain: [-80, 0] },
      `responses of the ${state} kernels`,
    ),
  }));
  const amplitude = (power: number) => Math.sqrt(power / loudest);
  const difference = powers.learned.flatMap((row, k) =>
    Array.from(row, (power, tone) => amplitude(power) - amplitude(powers.initial[k]![tone]!))
  );
  const most = mostOf(difference);
  const changed: Panel[] = most === 0 ? [] : [{
    id: "response-change",
    title: "All kernels, learned minus initial",
    spec: map(
      difference,
      { title: "change (of the largest initial response)", domain: [-most, most], map: DIVERGING },
      "learned minus initial responses",
    ),
  }];
  const pair = ({ wcos, wsin }: Kernels, state: typeof STATES[number], bin: number): KernelPair => ({
    cosine: wcos.subarray(bin * samples, (bin + 1) * samples),
    sine: wsin.subarray(bin * samples, (bin + 1) * samples),
    responseDb: decibels(powers[state][nearest(bins, bin)]!),
  });
  const pairs = shown.map((bin) => ({
    bin,
    initial: pair(initial, "initial", bin),
    learned: pair(learned, "learned", bin),
  }));
  const states = pairs.flatMap(({ initial, learned }) => [initial, learned]);
  const scales: KernelScales = {
    weight: extentOf(states.flatMap(({ cosine }) => [...Array.from(cosine)])),
    change: extentOf(
      pairs.flatMap(({ initial, learned }) =>
        (["cosine", "sine"] as const).flatMap((kernel) =>
          Array.from(learned[kernel], (weight, n) => weight - initial[kernel][n]!)
        )
      ),
    ),
    loudest: Math.max(0, ...states.flatMap(({ responseDb }) => Array.from(responseDb))),
  };
  return {
    title: "STFT kernels before and after training",
    reading:
      "How much each bin's pair of kernels changed (norm of the difference over the initial norm); what all pairs respond " +
      "to, in dB below the largest initial response, and what training added to that (red) and took away (blue); and, from " +
      "each half of the spectrum, the pair that changed most: its cosine kernel before and after, what training added " +
      "to both kernels (cosine solid, sine dashed), and the pair's response before (wide) and after (thin).",
    panels: [
      { id: "change", title: "Change by bin", spec: kernelChangePlot(change, binsHz, shown) },
      ...images,
      ...changed,
      ...pairs.map(({ bin, initial, learned }) => ({
        id: `bin${bin}`,
        title: `Bin at ${binsHz[bin]!.toFixed(0)} Hz`,
        spec: kernelPlot({ initial, learned, sampleRate, tonesHz }, scales),
      })),
    ],
    data: pairs.flatMap(({ bin, initial, learned }) =>
      Array.from(initial.cosine, (_, n): Record<string, Cell> => ({
        run,
        bin_hz: rounded(binsHz[bin]!),
        change: rounded(change[bin]!),
        sample: n,
        initial_cosine: rounded(initial.cosine[n]!),
        learned_cosine: rounded(learned.cosine[n]!),
        initial_sine: rounded(initial.sine[n]!),
        learned_sine: rounded(learned.sine[n]!),
      }))
    ),
  };
}

function responses(kernels: Kernels, bins: readonly number[], tones: Tones): Float64Array[] {
  return bins.map((k) => kernelResponse(kernels, k, tones));
}

/** Up to `most` whole numbers below `count`, evenly spread, the ends among them. */
function evenly(count: number, most: number): number[] {
  const picked = Math.min(count, most);
  return Array.from({ length: picked }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, picked - 1)));
}

/** Divides the bins into `parts` stretches and takes of each the one that changed most. */
function mostChanged(change: readonly number[], parts: number): number[] {
  const edges = Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * change.length) / parts));
  return edges.slice(0, -1).map((start, i) => {
    const stretch = change.slice(start, edges[i + 1]);
    return start + stretch.indexOf(Math.max(...stretch));
  });
}

function nearest(sorted: readonly number[], value: number): number {
  return sorted.reduce((best, at, i) => Math.abs(at - value) < Math.abs(sorted[best]! - value) ? i : best, 0);
}
