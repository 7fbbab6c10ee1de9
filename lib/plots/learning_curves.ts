/** How losses fell, and the learning rates they fell under. */
import { type Extent, PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, settingColor, themed } from "./theme.ts";

export interface CurveRun {
  readonly run: string;
  readonly setting: string;
  /** Parameter groups that are trained besides the model's, and what people call them. */
  readonly trained: Readonly<Record<string, string>>;
  /** The epoch whose state counts as the best. */
  readonly bestEpoch: number;
  readonly epochs: readonly EpochFigures[];
}

/** Losses in nats. */
export interface EpochFigures {
  readonly epoch: number;
  readonly loss: number;
  readonly validationLoss: number;
  readonly lr: Readonly<Record<string, number>>;
}

/**
 * Validation and training loss above, learning rates by parameter group below.
 * @param runs At least one. @param extent Of the axis of losses.
 */
export function learningCurves(runs: readonly CurveRun[], extent: Extent): Spec {
  const losses = runs.flatMap(({ run, setting, epochs }) =>
    epochs.flatMap(({ epoch, loss, validationLoss }) => [
      { run, setting, epoch, curve: "validation", loss: validationLoss },
      { run, setting, epoch, curve: "training", loss },
    ])
  );
  const best = runs.flatMap(({ run, setting, bestEpoch, epochs }) => {
    const found = epochs.find(({ epoch }) => epoch === bestEpoch);
    if (found === undefined) return [];
    const { epoch, validationLoss: loss } = found;
    return [{
      setting,
      epoch,
      loss,
      note: `${run}: best state, validation loss ${loss.toFixed(3)}, epoch ${epoch}`,
    }];
  });
  const last = Math.max(...runs.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch)));
  const x = {
    field: "epoch",
    type: "quantitative",
    title: "epoch",
    scale: { domain: [Math.min(1, last - 1), last], nice: false },
    axis: { tickMinStep: 1, grid: false },
  };
  const color = settingColor(runs);
  return themed({
    spacing: 14,
    resolve: { scale: { strokeDash: "independent" } },
    vconcat: [
      {
        width: PANEL_WIDTH,
        height: 170,
        layer: [
          {
            data: { values: losses },
            mark: { type: "line", aria: false },
            encoding: {
              x: { ...x, title: null, axis: { ...x.axis, labels: false } },
              y: {
                field: "loss",
                type: "quantitative",
                title: "loss (nats)",
                scale: { domain: extent, zero: false },
              },
              color,
              strokeDash: { condition: { test: "datum.curve === 'training'", value: [2, 3] }, value: [1, 0] },
              strokeWidth: { condition: { test: "datum.curve === 'training'", value: 1 }, value: 2 },
              detail: [{ field: "run" }, { field: "curve" }],
            },
          },
          {
            data: { values: best },
            mark: { type: "point", filled: true, size: 45, opacity: 1 },
            encoding: {
              x,
              y: { field: "loss", type: "quantitative" },
              color,
              description: { field: "note" },
            },
          },
        ],
      },
      learningRates(runs, x),
    ],
  });
}

/** One line for each parameter group; runs whose rates are the same share it. */
function learningRates(runs: readonly CurveRun[], x: Spec): Spec {
  const seen = new Map<string, { group: string; epoch: number; rate: number; course: string }>();
  const names: Readonly<Record<string, string>> = Object.assign(
    { model: "model" },
    ...runs.map(({ trained }) => trained),
  );
  for (const { epochs, trained } of runs) {
    for (const group of Object.keys(epochs[0]?.lr ?? {})) {
      if (group !== "model" && !Object.hasOwn(trained, group)) continue; // its rate moves nothing
      const course = `${group} ${epochs.map(({ lr }) => lr[group]).join()}`;
      for (const { epoch, lr } of epochs) {
        const rate = lr[group]!;
        if (rate > 0) {
          seen.set(`${course} ${epoch}`, { group: names[group]!, epoch, rate, course });
        }
      }
    }
  }
  const present = new Set([...seen.values()].map(({ group }) => group));
  const named = [...new Set(Object.values(names))].filter((name) => present.has(name));
  return {
    width: PANEL_WIDTH,
    height: 70,
    data: { values: [...seen.values()] },
    mark: { type: "line", color: paint("ink"), strokeWidth: 1.5, aria: false },
    encoding: {
      x,
      y: {
        field: "rate",
        type: "quantitative",
        title: "learning rate",
        scale: { type: "log" },
        axis: { format: "~e", tickCount: 3 },
      },
      strokeDash: {
        field: "group",
        type: "nominal",
        title: null,
        scale: { domain: named, range: named.map((_, i) => DASHES[i % DASHES.length]!) },
      },
      detail: { field: "course" },
    },
  };
}

const DASHES = [[1, 0], [5, 3], [1, 3], [8, 2], [6, 2, 1, 2], [2, 2]];
