/** What an evaluation tells of a network, whoever computes its answers. */
import { UserError } from "../../lib/base/errors.ts";
import type { Rng } from "../../lib/base/random.ts";
import { type ScoreInterval, scoreInterval } from "../../lib/metrics/score_interval.ts";
import { speakersOf } from "../../lib/metrics/speakers.ts";
import { type ExampleIndex, parseIndex } from "../../lib/records/example_index.ts";
import type { CheckpointRecord } from "../../lib/records/checkpoint.ts";
import { type Evaluation, evaluationText, measuredBy } from "../../lib/records/metrics.ts";
import { type PredictedExample, type Prediction, predictionsText } from "../../lib/records/predictions.ts";
import type { Batch, Figures, Tally, TaskKind, ToldExample } from "../../lib/tasks/contract.ts";
import type { ExampleSource } from "../../lib/train/example_file_io.ts";

/** Examples told in full beside the figures. */
const SHOWN = 6;

export interface Outcome {
  readonly figures: Omit<Figures, "score"> & { readonly score: ScoreInterval };
  readonly told: readonly ToldExample[];
}

/** What an evaluation is of. */
export interface Evaluated
  extends Pick<Evaluation, "task" | "split" | "condition" | "classes" | "trainedParameters"> {
  readonly kind: TaskKind;
}

/** Writes what an evaluation tells: its figures, and what the network answered to each example. */
export class EvaluationFiles {
  /** What stands in every record of figures. */
  readonly about: Pick<
    Evaluation,
    "task" | "example" | "examples" | "columns" | "split" | "condition" | "classes" | "trainedParameters"
  >;
  readonly #pathOf: (name: string) => string;

  /** @param pathOf Where a stage's output goes. */
  constructor(pathOf: (name: string) => string, { kind, task, ...evaluated }: Evaluated) {
    this.about = { ...measuredBy(task, kind), ...evaluated };
    this.#pathOf = pathOf;
  }

  write(name: string, text: string): void {
    Deno.writeTextFileSync(this.#pathOf(name), text);
  }

  /** Of a split without examples: a folder of one's own need not fill every one. */
  writeNothing(): void {
    const nothing = { count: 0, leftOut: [], told: [], checkpoint: null };
    this.write("evaluation.json", evaluationText({ ...this.about, ...nothing }));
    this.#writePredictions([]);
  }

  /** Of one checkpoint. @param epoch That ended in it; null: it does not say. */
  writeEvaluation(
    source: ExampleSource,
    { figures, told }: Outcome,
    epoch: number | null,
    entryOf: (name: string) => Entry,
  ): void {
    const { count, leftOut } = source;
    const checkpoint = { epoch, ...figures };
    const text = evaluationText({ ...this.about, count, leftOut, told: shownOf(source, told), checkpoint });
    this.write("evaluation.json", text);
    this.writePredictions(source, told, entryOf);
  }

  writePredictions(
    source: ExampleSource,
    told: readonly ToldExample[],
    entryOf: (name: string) => Entry,
  ): void {
    this.#writePredictions(
      told.map((example) => predictedOf(source, example, entryOf(source.names[example.row]!))),
    );
  }

  #writePredictions(examples: readonly PredictedExample[]): void {
    const { task, split, condition, classes } = this.about;
    this.write(
      "predictions.json",
      predictionsText({ task, split, condition, classes, examples: [...examples] }),
    );
  }
}

/** @throws {UserError} `bad-file` if a checkpoint's answers are of other classes than the examples. */
export function checkClasses(
  said: CheckpointRecord | null,
  classes: readonly string[],
  path: string,
): void {
  if (said === null || JSON.stringify(said.classes) === JSON.stringify(classes)) return;
  throw new UserError(
    "bad-file",
    `Cannot evaluate ${path}: found classes ${said.classes.join(", ")}, the features have ${
      classes.join(", ")
    }. ` +
      `Use the same data set, or list its classes in this order in dataset.targets.`,
  );
}

/** What was counted, with an interval over speakers. @param rng The same samples for all that is compared. */
export function outcomeOf(
  tally: Pick<Tally, "figures" | "told">,
  source: ExampleSource,
  entryOf: (name: string) => Entry,
  rng: Rng,
): Outcome {
  const figures = tally.figures();
  const { told } = tally;
  const speakers = speakersOf(
    told.map(({ row }) => ({ speaker: entryOf(source.names[row]!).speaker, labels: labelsIn(source, row) })),
  );
  const [score, of] = [told.map(({ score }) => score), told.map(({ of }) => of)];
  const interval = scoreInterval(Float64Array.from(score), Float64Array.from(of), speakers, rng);
  return { figures: { ...figures, score: interval }, told };
}

/** @throws {UserError} `bad-file` if a network's answers are no numbers, of which no figure can be made. */
export function checkFinite(
  { clips, rows }: Batch,
  logits: Float32Array,
  { names }: ExampleSource,
  checkpoint = "the trained network",
): void {
  const strange = logits.findIndex((value) => !Number.isFinite(value));
  if (strange < 0) return;
  const example = names[rows[Math.floor(strange * clips / logits.length)]!];
  throw new UserError(
    "bad-file",
    `Cannot evaluate ${checkpoint}: what it answers to ${example} is ${
      logits[strange]
    }, wanted finite numbers. Values of ` +
      `its tensors are too large to compute with; take another checkpoint.`,
  );
}

/** What the index knows of an example. */
export interface Entry {
  readonly speaker: string | null;
  readonly seconds: number;
}

/** By an example's name. */
export function entriesIn(path: string): (name: string) => Entry {
  const { examples, sampleRate }: ExampleIndex = parseIndex(Deno.readTextFileSync(path), path);
  const entries = new Map(
    examples.map(({ name, speaker, samples }) => [
      name,
      { speaker: speaker === "" ? null : speaker, seconds: samples / sampleRate },
    ]),
  );
  return (name) => {
    const found = entries.get(name);
    if (found !== undefined) return found;
    throw new UserError(
      "bad-file",
      `Cannot evaluate: found no ${name} in the index ${path}, of which the features are. Make the features again.`,
    );
  };
}

export function predictedOf(
  source: ExampleSource,
  told: ToldExample,
  { speaker, seconds }: Entry,
): PredictedExample {
  const { posteriors, loss, score, of } = told;
  return {
    ...predictionOf(source, told),
    posteriors: posteriors && Array.from(posteriors, short),
    loss: short(loss),
    speaker,
    seconds,
    score,
    of,
  };
}

/** As many digits as a 32-bit number has. */
function short(value: number): number {
  return Number(value.toPrecision(7));
}

function predictionOf(source: ExampleSource, { row, labels: heard, posterior }: ToldExample): Prediction {
  return {
    name: source.names[row]!,
    labels: labelsIn(source, row),
    told: heard,
    posterior,
  };
}

function labelsIn(source: ExampleSource, row: number): string[] {
  return Array.from(source.labelsOf(row), (label) => source.classes[label]!);
}

/** A few, spread evenly. */
export function shownOf(source: ExampleSource, told: readonly ToldExample[]): Prediction[] {
  const shown = new Set(Array.from({ length: SHOWN }, (_, i) => Math.floor(i * told.length / SHOWN)));
  return told.filter((_, i) => shown.has(i)).map((example) => predictionOf(source, example));
}
