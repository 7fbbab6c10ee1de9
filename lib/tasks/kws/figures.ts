/** What there is to say of a keyword spotter. */
import { type ClassificationCounts, classificationFigures } from "../../metrics/classification.ts";
import type { FigureColumn, Figures } from "../contract.ts";

export const COLUMNS: readonly FigureColumn[] = [
  { name: "accuracy", title: "accuracy", lowerIsBetter: false, as: "percent" },
  { name: "f1_macro", title: "macro F1", lowerIsBetter: false, as: "percent" },
  { name: "f1_weighted", title: "weighted F1", lowerIsBetter: false, as: "percent" },
  { name: "precision_macro", title: "macro precision", lowerIsBetter: false, as: "percent" },
  { name: "recall_macro", title: "macro recall", lowerIsBetter: false, as: "percent" },
  { name: "cross_entropy", title: "cross entropy (nats)", lowerIsBetter: true, as: "number" },
];

export function keywordFigures(counts: ClassificationCounts, classes: readonly string[]): Figures {
  const figures = classificationFigures(counts, classes);
  const { accuracy, cross_entropy, f1, precision, recall, confusion } = figures;
  return {
    values: [accuracy, f1.macro, f1.weighted, precision.macro, recall.macro, cross_entropy],
    score: accuracy,
    confusion: { labels: classes, counts: confusion, nothing: false },
  };
}
