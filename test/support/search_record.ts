/** A search as its record tells it. */
import type { SearchRecord } from "../../lib/records/search.ts";

/** Of five trials: one to the end, three cut short, one that diverged. */
export function searchRecord(changes: Partial<SearchRecord> = {}): SearchRecord {
  const trial = (number: number, values: [number, string], ...scores: number[]) => ({
    number,
    values,
    run: scores.length === 0 ? null : `run${number}`,
    scores: scores.map((score, i) => ({ epochs: 3 ** i, score })),
    failure: scores.length === 0
      ? "Training stopped in epoch 1 after step 3: the loss is NaN. Lower optim.model.lr."
      : null,
  });
  return {
    title: "Keyword spotting: search over lr, model",
    objective: {
      name: "validation_loss",
      title: "validation loss",
      as: "number",
      lowerIsBetter: true,
      ofTest: false,
    },
    space: [
      { key: "optim.model.lr", domain: { kind: "logarithmic", low: 1e-4, high: 1 } },
      { key: "model", domain: { kind: "choice", values: ["linear", "ds_cnn"] } },
    ],
    sampler: "tpe",
    seed: 0,
    wanted: 5,
    budget: 20,
    rungs: [1, 3],
    reduction: 3,
    parallel: 1,
    spent: 7,
    ended: "complete",
    trials: [
      trial(1, [0.01, "linear"], 1.5),
      trial(2, [0.02, "ds_cnn"], 1.2, 1.25),
      trial(3, [0.9, "linear"]),
      trial(4, [0.0004, "linear"], 1.1),
      trial(5, [0.3, "ds_cnn"], 25),
    ],
    decisions: [
      ...[1, 2, 3, 4, 5].map((trial) => ({ why: "start" as const, trial, epochs: 1, cost: 1 })),
      { why: "promote", trial: 2, epochs: 3, cost: 2 },
    ],
    best: 2,
    command: "deno task sweep optim.model.lr=0.02 model=ds_cnn",
    ...changes,
  };
}
