/** Figures of how trainings went. Pure. */
import { learningCurves } from "../../lib/plots/learning_curves.ts";
import type { Figure } from "../../lib/plots/spec.ts";
import type { ReportData } from "./report_data.ts";
import { groupOf } from "./selection.ts";
import { count } from "./wording.ts";

/** More panels would be more than anybody looks at; the data hold all runs. */
const MOST_GROUPS = 12;

export function trainingFigures({ runs, histories }: Pick<ReportData, "runs" | "histories">): Figure[] {
  const known = runs.filter(({ run }) => histories.has(run));
  if (known.length === 0) return [];
  const several = new Set(known.map(({ n_mels }) => n_mels)).size > 1;
  const groups = [...Map.groupBy(known, (run) => groupOf(run))].map(([group, of]) => {
    const most = Math.max(...of.map(({ n_mels }) => n_mels));
    return {
      title: several ? `${group}, ${count(most, "band")}` : group,
      runs: of.filter((r) => r.n_mels === most),
    };
  }).slice(0, MOST_GROUPS);
  return [{
    id: "learning",
    title: "Learning curves",
    reading:
      "Loss after each epoch on the validation clips (solid) and over the epoch's training clips (dotted), in nats; " +
      "the dot is the epoch whose state was kept; below, the learning rates of the parameter groups.",
    panels: groups.map(({ title, runs: of }, i) => ({
      id: `group${i + 1}`,
      title,
      spec: learningCurves(of.map(({ run, setting }) => {
        const { best_epoch, epochs } = histories.get(run)!;
        return {
          run,
          setting,
          bestEpoch: best_epoch,
          epochs: epochs.map(({ validation_loss, ...rest }) => ({
            ...rest,
            validationLoss: validation_loss,
          })),
        };
      })),
    })),
    data: known.flatMap(({ run, setting, seed }) =>
      histories.get(run)!.epochs.map((
        { lr, epoch, loss, accuracy, validation_loss, validation_accuracy },
      ) => ({
        run,
        setting,
        seed,
        epoch,
        loss,
        accuracy,
        validation_loss,
        validation_accuracy,
        lr_model: lr["model"] ?? null,
        lr_stft: lr["stft"] ?? null,
        lr_mel: lr["mel"] ?? null,
      }))
    ),
    runs: groups.flatMap(({ runs: of }) => of.map(({ run }) => run)),
  }];
}
