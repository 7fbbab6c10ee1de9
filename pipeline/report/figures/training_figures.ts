/** Figures of how trainings went. Pure. */
import { learningCurves } from "../../../lib/plots/learning_curves.ts";
import type { Figure } from "../../../lib/plots/spec.ts";
import type { ReportData } from "../page/report_data.ts";
import { groupOf } from "../statistics/selection.ts";
import { count } from "../text/wording.ts";

/** More panels would be more than anybody looks at; the data hold all runs. */
const MOST_GROUPS = 12;

export function trainingFigures(
  { runs, histories, results }: Pick<ReportData, "runs" | "histories" | "results">,
): Figure[] {
  const known = runs.filter(({ run }) => histories.has(run));
  if (known.length === 0) return [];
  const several = new Set(known.map(({ bands }) => bands)).size > 1;
  const groups = [...Map.groupBy(known, (run) => groupOf(run))].map(([group, of]) => {
    const most = Math.max(...of.map(({ bands }) => bands));
    return {
      title: several ? `${group}, ${count(most, "band")}` : group,
      runs: of.filter((r) => r.bands === most),
    };
  }).slice(0, MOST_GROUPS);
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
