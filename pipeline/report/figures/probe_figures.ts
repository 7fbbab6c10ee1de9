/** Figures of what a training made of its front-end: each view by its type, and clips seen through it. Pure. */
import { DIVERGING } from "../../../lib/plots/colormap.ts";
import { type HeatMap, heatMaps } from "../../../lib/plots/heat_map.ts";
import type { Matrix } from "../../../lib/plots/raster.ts";
import type { Figure, Panel } from "../../../lib/plots/spec.ts";
import { type Probe, type ProbedView, STATES } from "../../../lib/records/probe.ts";
import { clipDomain, clipMatrix, clipTitle, rowTitle } from "./drawn_clip.ts";
import { filterFigure } from "./filter_figure.ts";
import { kernelFigure } from "./kernel_figure.ts";
import { mostOf, rounded, type ViewFigure } from "./view_figure.ts";
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

/** Height of one spectrogram, in pixels. */
const CLIP_HEIGHT = 84;

function clipFigure(run: string, { clips, representation, secondsPerFrame }: Probe): Figure {
  const shown = clips.map((clip) => {
    const [initial, learned] = STATES.map((state) => clipMatrix(clip[state], clip.shape, representation));
    const change = Array.from(learned!.values, (value, at) => value - initial!.values[at]!);
    return { clip, states: [initial!, learned!], change: { ...initial!, values: change } };
  });
  const domain = clipDomain(representation, clips.flatMap((clip) => STATES.map((state) => clip[state])));
  const most = mostOf(shown.flatMap(({ change }) => change.values));
  const color = { title: `${representation.name} (${representation.unit})`, domain };
  const changeColor = {
    title: `change (${representation.unit})`,
    domain: [-most, most] as const,
    map: DIVERGING,
  };
  const panels = shown.map(({ clip, states, change }, i): Panel => {
    const title = clipTitle(clip);
    const map = (matrix: Matrix, heading: string, color: HeatMap["color"], isLast: boolean): HeatMap => ({
      matrix,
      x: { title: isLast ? "time (s)" : "", range: [0, matrix.columns * secondsPerFrame] },
      y: { title: rowTitle(representation), range: [0.5, matrix.rows + 0.5] },
      color,
      note: `"${title}", ${heading}`,
      height: CLIP_HEIGHT,
      heading,
    });
    return {
      id: `clip${i + 1}`,
      title: `"${title}"`,
      spec: heatMaps([
        states.map((matrix, s) => map(matrix, STATES[s]!, color, s === states.length - 1)),
        ...(most === 0 ? [] : [[map(change, "learned minus initial", changeColor, true)]]),
      ]),
    };
  });
  return {
    id: fileSafe(`clips-${run}`),
    title: "Test clips through the front-end before and after training",
    reading:
      "Above, a clip as the initial front-end gives it to the model; below that, as the trained one does; both before " +
      "normalisation and with the same colours in all clips" +
      (most === 0 ? "; there is no difference." : "; last, what training added (red) and took away (blue)."),
    panels,
    data: shown.flatMap(({ clip, states: [initial, learned] }) =>
      Array.from(initial!.values, (value, at) => ({
        run,
        clip: clipTitle(clip),
        row: Math.floor(at / initial!.columns) + 1,
        seconds: rounded((at % initial!.columns) * secondsPerFrame),
        initial: rounded(value),
        learned: rounded(learned!.values[at]!),
      }))
    ),
    runs: [run],
  };
}

function fileSafe(id: string): string {
  return id.replace(/[^\w.=-]+/g, "_");
}
