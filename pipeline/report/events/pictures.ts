/** What an event file shows of a front-end's inside and of a model's errors, as images and histograms. Pure. */
import type { View } from "../../../lib/frontends/contract.ts";
import type { Summary } from "../../../lib/formats/tensorboard.ts";
import { type Colormap, DIVERGING, SEQUENTIAL } from "../../../lib/plots/colormap.ts";
import { type Domain, type Matrix, type RasterOptions, rasterPng } from "../../../lib/plots/raster.ts";
import { type Probe, STATES } from "../../../lib/records/probe.ts";
import { clipDomain, clipMatrix, clipTitle } from "../figures/drawn_clip.ts";
import type { Confusion } from "../statistics/class_scores.ts";

/** Pixels of a value, each way. */
const CONFUSION_SCALE = 24;
const SPECTROGRAM_SCALE = 4;
const FILTER_SCALE = 4;

/** Rows: the true class, as shares of its examples. */
export function confusionSummaries({ labels, counts }: Confusion, step: number): Summary[] {
  const shares = counts.flatMap((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => total === 0 ? 0 : count / total);
  });
  const matrix: Matrix = { rows: counts.length, columns: counts.length, values: shares };
  const lines = counts.map((row, i) => `| **${labels[i]}** | ${row.join(" | ")} |`);
  return [
    image("confusion", step, matrix, [0, 1], SEQUENTIAL, { scale: CONFUSION_SCALE }),
    {
      // A tag is of one kind.
      tag: "confusion_counts",
      step,
      kind: "text",
      text: [`| true \\ found | ${labels.join(" | ")} |`, `|---|${"---|".repeat(labels.length)}`, ...lines]
        .join("\n"),
    },
  ];
}

/** At step 0 what training started from, at the best one what it made of it. */
export function probeSummaries({ views, clips, representation }: Probe, bestStep: number): Summary[] {
  return STATES.flatMap((state): Summary[] => {
    const step = state === "initial" ? 0 : bestStep;
    return [
      ...views.flatMap((view) => viewSummaries(view.step, view[state], step)),
      ...clips.map((clip) => {
        const matrix = clipMatrix(clip[state], clip.shape, representation);
        const domain = clipDomain(representation, STATES.map((either) => clip[either]));
        const options = { upwards: true, scale: SPECTROGRAM_SCALE };
        return image(`spectrogram/${clipTitle(clip)}`, step, matrix, domain, SEQUENTIAL, options);
      }),
    ];
  });
}

/** Filters with the lowest band at the bottom; kernels, a row for each bin; numbers by their distribution alone. */
function viewSummaries(name: string, view: View, step: number): Summary[] {
  const histogram = (tag: string, values: Float32Array): Summary => ({
    tag,
    step,
    kind: "histogram",
    values,
  });
  switch (view.type) {
    case "filters": {
      const { bands: rows, weights: values } = view;
      const matrix = { rows, columns: values.length / rows, values };
      const options = { upwards: true, scale: FILTER_SCALE };
      return [
        image(`filters/${name}`, step, matrix, [0, largest(values)], SEQUENTIAL, options),
        histogram(`weights/${name}`, values),
      ];
    }
    case "kernels": {
      const columns = view.samples;
      return (["wcos", "wsin"] as const).flatMap((part) => {
        const matrix = { rows: view[part].length / columns, columns, values: view[part] };
        return [
          image(`kernels/${name}/${part}`, step, matrix, [-1, 1], DIVERGING, { upwards: true }),
          histogram(`weights/${name}/${part}`, view[part]),
        ];
      });
    }
    case "values":
      return [histogram(`weights/${name}/${view.name}`, view.values)];
    default:
      throw view satisfies never;
  }
}

function image(
  tag: string,
  step: number,
  matrix: Matrix,
  domain: Domain,
  colormap: Colormap,
  options: RasterOptions,
): Summary {
  const { scale = 1 } = options;
  return {
    tag,
    step,
    kind: "image",
    width: matrix.columns * scale,
    height: matrix.rows * scale,
    png: rasterPng(matrix, domain, colormap, options),
  };
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}
