/** One trained number for each band. Pure. */
import { valuesPlot } from "../../../lib/plots/values_plot.ts";
import { type BandValues, finite, type ViewFigure } from "./view_figure.ts";

export function valuesFigure(run: string, initial: BandValues, learned: BandValues): ViewFigure {
  const { name, unit } = initial;
  const data = Array.from(initial.values, (before, i) => ({
    run,
    band: i + 1,
    initial: finite(before),
    learned: finite(learned.values[i]!),
  }));
  return {
    title: `${name} before and after training`,
    reading: `What training made of ${name}, band by band.`,
    panels: [{ id: "values", title: "", spec: valuesPlot(data, unit === "" ? name : `${name} (${unit})`) }],
    data,
  };
}
