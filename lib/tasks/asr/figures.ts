/** What there is to say of a recogniser. */
import { Rng } from "../../base/random.ts";
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
  // The bootstrap's samples are the same for all checkpoints, so that intervals can be compared.
  const figures = recognitionFigures(counts, Rng.fromSeed(0).fork("bootstrap"));
  const { errors, folded, loss, compat, confusion } = figures;
  const { rate, low, high, substitutions, insertions, deletions, reference } = folded ?? errors;
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
    score: { value: rate, low, high },
    confusion: { ...confusion, nothing: true },
  };
}
