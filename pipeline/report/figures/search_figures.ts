/** Figures of what a search tried. Pure. */
import {
  curvesPlot,
  type Fate,
  type ScoreAxis,
  type TrialPoint,
  trialsPlot,
  valuePlot,
} from "../../../lib/plots/search_plots.ts";
import { type Cell, extentOf, type Figure } from "../../../lib/plots/spec.ts";
import type { History } from "../../../lib/records/history.ts";
import type { SearchRecord } from "../../../lib/records/search.ts";
import { figure, valueText } from "../text/wording.ts";

/** Scores that lie so far apart are drawn on a logarithmic axis. */
const WIDE = 10;

/** @param histories Of trials that have a score, by number. @returns None where no trial has one. */
export function searchFigures(record: SearchRecord, histories: ReadonlyMap<number, History>): Figure[] {
  const { objective, space, rungs } = record;
  const scored = record.trials.flatMap((trial) => {
    const last = trial.scores.at(-1);
    return last === undefined ? [] : [{ ...trial, last, fate: fateOf(record, trial) }];
  });
  if (scored.length === 0) return [];
  const points = scored.map(({ number, values, last: { epochs, score }, fate }): TrialPoint => ({
    trial: number,
    score,
    fate,
    epochs,
    note: `trial ${number} (${space.map(({ key }, i) => `${key}=${valueText(values[i]!)}`).join(" ")}): ` +
      `${objective.title} ${figure(score)} after epoch ${epochs}`,
  }));
  const axis = axisOf(objective.title, points.map(({ score }) => score));
  const curves = scored.map(({ number, fate }) => ({
    trial: number,
    fate,
    epochs: histories.get(number)!.epochs.map(({ epoch, validationLoss }) => ({
      epoch,
      value: validationLoss,
    })),
  }));
  const losses = curves.flatMap(({ epochs }) => epochs.map(({ value }) => value));
  const runs = scored.flatMap(({ run }) => run ?? []);
  const data = (of: (trial: typeof scored[number]) => Readonly<Record<string, Cell>>[]) => scored.flatMap(of);
  return [
    {
      id: "trials",
      title: "Trials",
      reading:
        `The ${objective.title} of each trial after the last epoch that it was trained to, in the order in which ` +
        `they were begun, and over each value; those cut short were compared after fewer than ${
          rungs.at(-1)
        } epochs.`,
      panels: [
        { id: "order", title: "in their order", spec: trialsPlot(points, axis) },
        ...space.map(({ key, domain }, i) => ({
          id: `value${i + 1}`,
          title: key,
          spec: valuePlot(
            points,
            scored.map(({ values }) => domain.kind === "choice" ? valueText(values[i]!) : Number(values[i])),
            {
              title: key,
              logarithmic: domain.kind === "logarithmic",
              choices: domain.kind === "choice" ? domain.values.map(valueText) : undefined,
            },
            axis,
          ),
        })),
      ],
      data: data(({ number, values, last, fate }) => [{
        trial: number,
        ...Object.fromEntries(space.map(({ key }, i) => [key, valueText(values[i]!)])),
        epochs: last.epochs,
        [objective.name]: last.score,
        fate,
      }]),
      runs,
    },
    {
      id: "curves",
      title: "Learning curves of all trials",
      reading: "Validation loss after each epoch, in nats, of each trial as far as it was trained.",
      panels: [{ id: "loss", title: "", spec: curvesPlot(curves, axisOf("validation loss (nats)", losses)) }],
      data: curves.flatMap(({ trial, fate, epochs }) =>
        epochs.map(({ epoch, value }) => ({ trial, fate, epoch, validation_loss: value }))
      ),
      runs,
    },
  ];
}

function fateOf({ best, rungs }: SearchRecord, { number, scores }: SearchRecord["trials"][number]): Fate {
  if (number === best) return "best";
  return scores.at(-1)!.epochs === rungs.at(-1) ? "to the end" : "cut short";
}

function axisOf(title: string, values: readonly number[]): ScoreAxis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const logarithmic = low > 0 && high / low > WIDE;
  if (!logarithmic) return { title, extent: extentOf(values), logarithmic };
  const [from, to] = extentOf([Math.log(low), Math.log(high)]);
  return { title, extent: [Math.exp(from), Math.exp(to)], logarithmic };
}
