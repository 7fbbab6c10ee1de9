/** Figures of what a training made of its front-end: filters, kernels, and clips seen through them. Pure. */
import { DIVERGING } from "../../lib/plots/colormap.ts";
import { coveragePlot, shiftPlot } from "../../lib/plots/filter_plots.ts";
import { type HeatMap, heatMap, heatMaps } from "../../lib/plots/heat_map.ts";
import { kernelChangePlot, type KernelPair, kernelPlot } from "../../lib/plots/kernel_plots.ts";
import type { Cell, Figure, Panel } from "../../lib/plots/spec.ts";
import type { Probe, ReportData, ReportRun, Tensor } from "./report_data.ts";

const STATES = ["initial", "learned"] as const;

export function probeFigures({ runs, probes }: Pick<ReportData, "runs" | "probes">): Figure[] {
  return [...probes].flatMap(([name, probe]) => {
    const run = runs.find((r) => r.run === name)!;
    const view = new View(run, probe);
    return [
      ...(view.has("filters/learned/weights") ? [filterFigure(view)] : []),
      ...(view.has("kernels/change") ? [kernelFigure(view)] : []),
      ...(view.has("clips/labels") ? [clipFigure(view)] : []),
    ];
  });
}

/** A probe's arrays with the axes they are over. */
class View {
  readonly run: ReportRun;
  readonly classes: readonly string[];
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(run: ReportRun, { classes, tensors }: Probe) {
    this.run = run;
    this.classes = classes;
    this.#tensors = tensors;
  }

  get hzPerBin(): number {
    return this.run.sample_rate / this.run.n_fft;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  get(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new Error(`The probe of ${this.run.run} has no ${name}`);
    return tensor;
  }

  /** One element of the leading axis. */
  row(name: string, index: number): number[] {
    const { shape, data } = this.get(name);
    const size = shape.slice(1).reduce((product, n) => product * n, 1);
    return Array.from({ length: size }, (_, i) => data[index * size + i]!);
  }

  figure(id: string, figure: Omit<Figure, "id" | "runs">): Figure {
    return { id: `${id}-${this.run.run.replace(/[^\w.=-]+/g, "_")}`, ...figure, runs: [this.run.run] };
  }
}

function filterFigure(view: View): Figure {
  const { run, hzPerBin } = view;
  const initial = view.get("filters/initial/weights");
  const learned = view.get("filters/learned/weights");
  const [bands, bins] = initial.shape as [number, number];
  const peaks = Array.from({ length: bands }, (_, m) => Math.max(...view.row("filters/initial/weights", m)));
  const relative = (of: (i: number) => number) =>
    Array.from({ length: bands * bins }, (_, i) => {
      const peak = peaks[Math.floor(i / bins)]!;
      return peak > 0 ? of(i) / peak : 0;
    });
  const change = relative((i) => learned.data[i]! - initial.data[i]!);
  const most = Math.max(0.05, quantile(change.map(Math.abs), 0.999));
  const map = (values: readonly number[], color: HeatMap["color"], note: string): HeatMap => ({
    matrix: { rows: bands, columns: bins, values },
    x: { title: "frequency (kHz)", range: [-hzPerBin / 2000, (bins - 0.5) * hzPerBin / 1000] },
    y: { title: "band", range: [0.5, bands + 0.5] },
    color,
    note,
  });
  const weight = { title: "weight (of the initial maximum)", domain: [0, 1] } as const;
  const quantity = (
    state: string,
    name: string,
  ) => [...Array.from(view.get(`filters/${state}/${name}`).data)];
  const shiftsOf = (name: string): BandShifts =>
    quantity("initial", name).map((before, m) => ({
      band: m + 1,
      initialHz: finite(before),
      learnedHz: finite(quantity("learned", name)[m]!),
    }));
  const [centres, widths] = [shiftsOf("centres_hz"), shiftsOf("widths_hz")];
  const shifts = (quantity: BandShifts) =>
    quantity.map((shift, m) => ({ band: m + 1, atHz: centres[m]!.initialHz, shift }));
  const largest = (tensor: Tensor, k: number) =>
    Math.max(...Array.from({ length: bands }, (_, m) => tensor.data[m * bins + k]!));
  const coverage = Array.from({ length: bins }, (_, k) => ({
    hz: k * hzPerBin,
    initial: largest(initial, k),
    learned: largest(learned, k),
  }));
  const open = coverage.filter((bin) => bin.learned === 0).length;
  return view.figure("filters", {
    title: "Mel filters before and after training",
    reading:
      "Each row of the maps is one band; the third map is what training added (red) and took away (blue); below, how " +
      "far each band's centre and width moved (of weights: their mean frequency, and half the base of a triangle of " +
      `the same spread), and the largest weight that each bin gets; ${open} of ${bins} bins get none (red ticks).`,
    panels: [
      {
        id: "initial",
        title: "Initial",
        spec: heatMap(map(relative((i) => initial.data[i]!), weight, "initial filters")),
      },
      {
        id: "learned",
        title: "Learned",
        spec: heatMap(map(relative((i) => learned.data[i]!), weight, "learned filters")),
      },
      {
        id: "change",
        title: "Change",
        spec: heatMap(
          map(change, {
            title: "change (of the initial maximum)",
            domain: [-most, most],
            map: DIVERGING,
          }, "learned minus initial filters"),
        ),
      },
      { id: "centres", title: "Shift of centres", spec: shiftPlot(shifts(centres), "centre") },
      { id: "widths", title: "Shift of widths", spec: shiftPlot(shifts(widths), "width") },
      { id: "coverage", title: "Coverage of bins", spec: coveragePlot(coverage, "largest weight") },
    ],
    data: Array.from({ length: bands * bins }, (_, i) => {
      const [m, k] = [Math.floor(i / bins), i % bins];
      return {
        run: run.run,
        band: m + 1,
        hz: figures(k * hzPerBin),
        initial: figures(initial.data[i]!),
        learned: figures(learned.data[i]!),
        ...(k === 0
          ? {
            initial_centre_hz: rounded(centres[m]!.initialHz),
            learned_centre_hz: rounded(centres[m]!.learnedHz),
            initial_width_hz: rounded(widths[m]!.initialHz),
            learned_width_hz: rounded(widths[m]!.learnedHz),
          }
          : {
            initial_centre_hz: null,
            learned_centre_hz: null,
            initial_width_hz: null,
            learned_width_hz: null,
          }),
      };
    }),
  });
}

type BandShifts = readonly {
  readonly band: number;
  readonly initialHz: number | null;
  readonly learnedHz: number | null;
}[];

function kernelFigure(view: View): Figure {
  const { run, hzPerBin } = view;
  const change = Array.from(view.get("kernels/change").data);
  const bins = Array.from(view.get("kernels/bins").data);
  const shown = Array.from(view.get("kernels/shown").data);
  const spacing = bins.length > 1 ? (bins.at(-1)! - bins[0]!) / (bins.length - 1) * hzPerBin / 1000 : 1;
  const span: readonly [number, number] = [-spacing / 2, (bins.length - 0.5) * spacing];
  const responses = STATES.map((state): Panel => ({
    id: `response-${state}`,
    title: `All kernels, ${state}`,
    spec: heatMap({
      matrix: {
        rows: bins.length,
        columns: bins.length,
        values: view.get(`kernels/${state}/response_db`).data,
      },
      x: { title: "frequency of a tone (kHz)", range: span },
      y: { title: "bin (kHz)", range: span },
      color: { title: "response (dB)", domain: [-80, 0] },
      note: `responses of the ${state} kernels`,
      height: 170,
    }),
  }));
  const pair = (state: string, i: number): KernelPair => {
    const place = nearest(bins, shown[i]!);
    return {
      cosine: view.row(`kernels/${state}/wcos`, i),
      sine: view.row(`kernels/${state}/wsin`, i),
      responseDb: view.row(`kernels/${state}/response_db`, place),
    };
  };
  const pairs = shown.map((_, i) => ({ initial: pair("initial", i), learned: pair("learned", i) }));
  return view.figure("kernels", {
    title: "STFT kernels before and after training",
    reading:
      "How much each bin's pair of kernels changed (norm of the difference over the initial norm); what all pairs respond " +
      "to, in dB below the largest initial response; and, from each quarter of the spectrum, the pair that changed most: " +
      "cosine and sine kernel in time, what training added to them (cosine solid, sine dashed), and their response over frequency.",
    panels: [
      { id: "change", title: "Change by bin", spec: kernelChangePlot(change, hzPerBin, shown) },
      ...responses,
      ...pairs.map(({ initial, learned }, i) => ({
        id: `bin${shown[i]}`,
        title: `Bin at ${(shown[i]! * hzPerBin).toFixed(0)} Hz`,
        spec: kernelPlot({
          initial,
          learned,
          sampleRate: run.sample_rate,
          hzPerBin: spacing * 1000,
        }),
      })),
    ],
    data: pairs.flatMap(({ initial, learned }, i) =>
      Array.from(initial.cosine, (_, n): Record<string, Cell> => ({
        run: run.run,
        bin_hz: figures(shown[i]! * hzPerBin),
        change: figures(change[shown[i]!]!),
        sample: n,
        initial_cosine: figures(initial.cosine[n]!),
        learned_cosine: figures(learned.cosine[n]!),
        initial_sine: figures(initial.sine[n]!),
        learned_sine: figures(learned.sine[n]!),
      }))
    ),
  });
}

function clipFigure(view: View): Figure {
  const { run, classes } = view;
  const labels = Array.from(view.get("clips/labels").data, (label) => classes[label] ?? String(label));
  const [, bands, frames] = view.get("clips/initial").shape as [number, number, number];
  const seconds = (frames * run.hop_samples) / run.sample_rate;
  const unit = run.frontend === "fastaudio" ? "dB" : "ln of energy";
  const panels = labels.map((label, i): Panel => {
    const images = STATES.map((state) => view.row(`clips/${state}`, i));
    const all = images.flat();
    const domain = [quantile(all, 0.05), quantile(all, 0.999)] as const;
    return {
      id: `clip${i + 1}`,
      title: `"${label}"`,
      spec: heatMaps(images.map((values, s) => ({
        matrix: { rows: bands, columns: frames, values },
        x: { title: s === 0 ? "" : "time (s)", range: [0, seconds] },
        y: { title: "band", range: [0.5, bands + 0.5] },
        color: { title: `band energy (${unit})`, domain },
        note: `"${label}" through the ${STATES[s]} front-end`,
        height: 110,
        heading: STATES[s]!,
      }))),
    };
  });
  return view.figure("clips", {
    title: "Test clips through the front-end before and after training",
    reading:
      "Above, a clip as the initial front-end gives it to the model; below, as the trained one does; both before " +
      "normalisation and with the same colours.",
    panels,
    data: labels.flatMap((label, i) => {
      const [initial, learned] = STATES.map((state) => view.row(`clips/${state}`, i)) as [number[], number[]];
      return initial.map((value, at) => ({
        run: run.run,
        clip: label,
        band: Math.floor(at / frames) + 1,
        seconds: figures(((at % frames) * run.hop_samples) / run.sample_rate),
        initial: figures(value),
        learned: figures(learned[at]!),
      }));
    }),
  });
}

function nearest(sorted: readonly number[], value: number): number {
  return sorted.reduce((best, at, i) => Math.abs(at - value) < Math.abs(sorted[best]! - value) ? i : best, 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.round(share * (sorted.length - 1))]!;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function rounded(value: number | null): number | null {
  return value === null ? null : figures(value);
}

/** Four significant digits: enough for any drawing of these data. */
function figures(value: number): number {
  return Number(value.toPrecision(4));
}
