/** Figures of how trainings went. Pure. */
import { learningCurves } from "../../../lib/plots/learning_curves.ts";
import { extentOf, type Figure } from "../../../lib/plots/spec.ts";
import type { ReportData } from "../page/report_data.ts";
import { groupOf } from "../statistics/selection.ts";
import { sizeWords } from "./score_words.ts";

/** More panels would be more than anybody looks at; the data hold all runs. */
const MOST_GROUPS = 12;

export function trainingFigures(
  { runs, histories, results }: Pick<ReportData, "runs" | "histories" | "results">,
): Figure[] {
  const known = runs.filter(({ run }) => histories.has(run));
  if (known.length === 0) return [];
  const groups = [...Map.groupBy(known, (run) => groupOf(run))].map(([group, of]) => {
    const most = Math.max(...of.map(({ bands }) => bands));
    const drawn = of.filter((r) => r.bands === most);
    return { title: `${group}, ${sizeWords(drawn)}`, runs: drawn };
  }).slice(0, MOST_GROUPS);
  const losses = groups.flatMap(({ runs: of }) =>
    of.flatMap(({ run }) =>
      histories.get(run)!.epochs.flatMap(({ loss, validationLoss }) => [loss, validationLoss])
    )
  );
  const extent = extentOf(losses);
  const rates = [
    ...new Set(known.flatMap(({ run }) => histories.get(run)!.epochs.flatMap(({ lr }) => Object.keys(lr)))),
  ];
  return [{
    id: "learning",
    title: "Learning curves",
    reading:
      `Loss after each epoch on the validation ${results.examples} (solid) and over the epoch's training ${results.examples} ` +
      "(dotted), in nats; the dot is the epoch whose state was kept; below, the learning rates of the parameter groups.",
    panels: groups.map(({ title, runs: of }, i) => ({
      id: `group${i + 1}`,
      title,
      spec: learningCurves(
        of.map(({ run, setting, trained }) => ({ run, setting, trained, ...histories.get(run)! })),
        extent,
      ),
    })),
    data: known.flatMap(({ run, setting, seed }) =>
      histories.get(run)!.epochs.map(({ lr, epoch, loss, accuracy, validationLoss, validationAccuracy }) => ({
        run,
        setting,
        seed,
        epoch,
        loss,
        accuracy,
        validation_loss: validationLoss,
        validation_accuracy: validationAccuracy,
        ...Object.fromEntries(rates.map((group) => [`lr_${group}`, lr[group] ?? null])),
      }))
    ),
    runs: groups.flatMap(({ runs: of }) => of.map(({ run }) => run)),
  }];
}
