/** Figures of what a training made of its front-end: each view by its type, and clips seen through it. Pure. */
import { heatMaps } from "../../../lib/plots/heat_map.ts";
import type { Figure, Panel } from "../../../lib/plots/spec.ts";
import { type Probe, type ProbedView, STATES } from "../../../lib/records/probe.ts";
import { clipDomain, clipMatrix, clipTitle, rowTitle } from "./drawn_clip.ts";
import { filterFigure } from "./filter_figure.ts";
import { kernelFigure } from "./kernel_figure.ts";
import { rounded, type ViewFigure } from "./view_figure.ts";
import { valuesFigure } from "./values_figure.ts";

/** @param probes By run. */
export function probeFigures(probes: ReadonlyMap<string, Probe>): Figure[] {
  return [...probes].flatMap(([run, probe]) => [
    ...probe.views.flatMap((view) => named(run, view, figureOf(run, view))),
    ...(probe.clips.length === 0 ? [] : [clipFigure(run, probe)]),
  ]);
}

function figureOf(run: string, { initial, learned }: ProbedView): ViewFigure | undefined {
  if (initial.type === "filters" && learned.type === "filters") return filterFigure(run, initial, learned);
  if (initial.type === "kernels" && learned.type === "kernels") return kernelFigure(run, initial, learned);
  if (initial.type === "values" && learned.type === "values") return valuesFigure(run, initial, learned);
  return undefined;
}

function named(run: string, { step, initial }: ProbedView, figure: ViewFigure | undefined): Figure[] {
  if (figure === undefined) return [];
  const what = initial.type === "values" ? `values-${initial.name}` : initial.type;
  return [{ ...figure, id: fileSafe(`${what}-${step}-${run}`), runs: [run] }];
}

function clipFigure(run: string, { clips, representation, secondsPerFrame }: Probe): Figure {
  const matrices = clips.map((clip) =>
    STATES.map((state) => clipMatrix(clip[state], clip.shape, representation))
  );
  const panels = clips.map((clip, i): Panel => {
    const domain = clipDomain(representation, STATES.map((state) => clip[state]));
    const title = clipTitle(clip);
    return {
      id: `clip${i + 1}`,
      title: `"${title}"`,
      spec: heatMaps(matrices[i]!.map((matrix, s) => ({
        matrix,
        x: { title: s === 0 ? "" : "time (s)", range: [0, matrix.columns * secondsPerFrame] },
        y: { title: rowTitle(representation), range: [0.5, matrix.rows + 0.5] },
        color: { title: `${representation.name} (${representation.unit})`, domain },
        note: `"${title}" through the ${STATES[s]} front-end`,
        height: 110,
        heading: STATES[s]!,
      }))),
    };
  });
  return {
    id: fileSafe(`clips-${run}`),
    title: "Test clips through the front-end before and after training",
    reading:
      "Above, a clip as the initial front-end gives it to the model; below, as the trained one does; both before " +
      "normalisation and with the same colours.",
    panels,
    data: clips.flatMap((clip, i) => {
      const [initial, learned] = matrices[i]!;
      return Array.from(initial!.values, (value, at) => ({
        run,
        clip: clipTitle(clip),
        row: Math.floor(at / initial!.columns) + 1,
        seconds: rounded((at % initial!.columns) * secondsPerFrame),
        initial: rounded(value),
        learned: rounded(learned!.values[at]!),
      }));
    }),
    runs: [run],
  };
}

function fileSafe(id: string): string {
  return id.replace(/[^\w.=-]+/g, "_");
}
