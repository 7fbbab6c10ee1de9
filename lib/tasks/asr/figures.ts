/** What there is to say of a recogniser. */
import { type RecognitionCounts, recognitionFigures } from "../../metrics/recognition.ts";
import type { FigureColumn, Figures } from "../contract.ts";

export const COLUMNS: readonly FigureColumn[] = [
  { name: "folded_error_rate", title: "39-phone error rate", lowerIsBetter: true, as: "percent" },
  { name: "error_rate", title: "error rate", lowerIsBetter: true, as: "percent" },
  { name: "substitutions", title: "substitutions", lowerIsBetter: true, as: "count" },
  { name: "insertions", title: "insertions", lowerIsBetter: true, as: "count" },
  { name: "deletions", title: "deletions", lowerIsBetter: true, as: "count" },
  { name: "reference", title: "labels", lowerIsBetter: false, as: "count" },
  { name: "loss", title: "loss per label (nats)", lowerIsBetter: true, as: "number" },
  { name: "utterance_average", title: "mean over utterances", lowerIsBetter: true, as: "percent" },
];

/** Errors by their kind are of folded phones where there are such, as the score is. */
export function phonemeFigures(counts: RecognitionCounts): Figures {
  const figures = recognitionFigures(counts);
  const { errors, folded, loss, compat, confusion } = figures;
  const { rate, substitutions, insertions, deletions, reference } = folded ?? errors;
  return {
    values: [
      folded?.rate ?? null,
      errors.rate,
      substitutions,
      insertions,
      deletions,
      reference,
      loss,
      compat.utterance_average,
    ],
    score: rate,
    confusion: { ...confusion, nothing: true },
  };
}
