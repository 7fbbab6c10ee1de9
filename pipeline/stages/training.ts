/** What trainings of all kinds do alike: resuming, progress, outputs, the sentence for a diverged one. */
import { UserError } from "../../lib/base/errors.ts";
import type { BackendName } from "../../lib/backend/backend_io.ts";
import type { Rng } from "../../lib/base/random.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { frontendDifferences } from "../../lib/frontends/frontend_differences.ts";
import { prefixTensors } from "../../lib/frontends/prefix_tensors.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import type { ModelSpec } from "../../lib/models/spec.ts";
import type { NetworkState, ParameterGroup, TensorSpec } from "../../lib/nn/types.ts";
import {
  snapshotFrom,
  type SnapshotLayout,
  snapshotTensors,
  stateTensors,
} from "../../lib/train/checkpoint.ts";
import { assignImported, importState } from "../../lib/train/import_state.ts";
import { train, type TrainEvent, type TrainFailure } from "../../lib/train/loop.ts";
import type { Objective } from "../../lib/train/objective.ts";
import { createOptimizer, type GroupSpec, type RuleSpec } from "../../lib/train/optimizer.ts";
import { type GroupRates, type ScheduleSpec, withPeakRates } from "../../lib/train/schedule.ts";
import type { EpochRecord, Snapshot, Values } from "../../lib/train/snapshot.ts";
import type { StageIo } from "../engine/stage.ts";

/** What every training is told. */
export interface TrainingSlice {
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  readonly optim: OptimSlice;
  readonly seed: number;
  readonly backend: BackendName;
}

export type OptimSlice =
  & RuleSpec
  & GroupRates
  & Readonly<Record<ParameterGroup, Omit<GroupSpec, "lr">>>
  & { readonly schedule: ScheduleSpec };

/** What `history.json` holds. */
export interface History {
  readonly format: 1;
  readonly best_epoch: number;
  readonly epochs: readonly EpochRecord[];
}

export interface TrainingOptions<B> {
  readonly objective: Objective<B>;
  /** Forked as the initial state was. */
  readonly rng: Rng;
  /** Values from which training starts. */
  readonly state: NetworkState;
  readonly epochs: number;
  readonly classes: readonly string[];
  /** What else checkpoints say of themselves. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The figures that progress shows of an accuracy, under a prefix. */
  score(accuracy: number, prefix: string): Record<string, number>;
}

/** Milliseconds between progress reports: often enough to look alive. */
const REPORT_MS = 200;

/**
 * Trains to the end, from where an earlier attempt left off if one did.
 * Writes `best.safetensors`, `last.safetensors` and `history.json`.
 * @throws {UserError} `loss-not-finite`.
 */
export async function runTraining<B>(
  io: StageIo,
  slice: TrainingSlice,
  options: TrainingOptions<B>,
): Promise<void> {
  const { objective, rng, state, epochs } = options;
  const { optim } = slice;
  const { specs } = objective.learner.network;
  const optimizer = createOptimizer(withPeakRates(optim, optim.schedule), specs, state);
  const layout: SnapshotLayout = { network: specs, optimizer: optimizer.state };
  const report = progressReport(io, epochs * objective.stepsPerEpoch, options.score);
  let snapshot = readResume(io, layout);
  const events = train({
    objective,
    state,
    optimizer,
    schedule: optim.schedule,
    epochs,
    rng,
    ...(snapshot === null ? {} : { from: snapshot }),
  });
  for await (const event of events) {
    if (event.type === "failed") throw diverged(event.failure);
    if (event.type === "epoch") writeResume(io, layout, snapshot = event.snapshot);
    report(event);
  }
  writeOutputs(io, slice, specs, options, snapshot!);
}

/** Puts an imported checkpoint's values into a fresh state. */
export function startFrom(
  io: StageIo,
  { frontend }: Pick<TrainingSlice, "frontend">,
  network: { readonly specs: readonly TensorSpec[] },
  state: NetworkState,
  classes: readonly string[],
): void {
  const path = io.input("init");
  const file = readTensors(path);
  const imported = importState(network.specs, prefixTensors(frontend), file, path);
  assignImported(state, imported);
  const { values, initial } = imported;
  const rest = initial.length > 0 ? `; not in it, so as ever: ${initial.join(", ")}` : "";
  io.note("info", `Starts from ${values.size} tensors of ${path}${rest}`);
  const differences = frontendDifferences(file.metadata["frontend"], frontend);
  if (differences.length > 0) {
    io.note("warning", `${path} was trained with another front-end: ${differences.join("; ")}`);
  }
  const named = file.metadata["classes"];
  if (named !== undefined && named !== JSON.stringify(classes)) {
    io.note(
      "warning",
      `${path} was trained on classes ${named}, this training is on ${JSON.stringify(classes)}`,
    );
  }
}

function writeOutputs(
  io: StageIo,
  { frontend, model }: TrainingSlice,
  specs: readonly TensorSpec[],
  { classes, metadata }: Pick<TrainingOptions<unknown>, "classes" | "metadata">,
  { epoch, state, best, history }: Snapshot,
): void {
  const write = (name: string, values: Values, epoch: number) =>
    writeTensors(io.output(name), stateTensors(specs, values), {
      epoch: String(epoch),
      classes: JSON.stringify(classes),
      frontend: JSON.stringify(frontend),
      model: JSON.stringify(model),
      ...metadata,
    });
  write("best.safetensors", best!.state, best!.epoch);
  write("last.safetensors", state, epoch);
  const content: History = { format: 1, best_epoch: best!.epoch, epochs: history };
  Deno.writeTextFileSync(io.output("history.json"), `${JSON.stringify(content, null, 2)}\n`);
}

/** Where an attempt that was stopped left off, or null. */
function readResume(io: StageIo, layout: SnapshotLayout): Snapshot | null {
  const path = resumePath(io);
  try {
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    const snapshot = snapshotFrom(layout, readTensors(path), path);
    io.note("info", `Resumes after epoch ${snapshot.epoch}, where an earlier attempt stopped`);
    return snapshot;
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== "bad-file") throw error;
    io.note(
      "warning",
      `Starts from the first epoch: what an earlier attempt left cannot be used. ${error.message}`,
    );
    return null;
  }
}

function writeResume(io: StageIo, layout: SnapshotLayout, snapshot: Snapshot): void {
  const { tensors, metadata } = snapshotTensors(layout, snapshot);
  writeTensors(resumePath(io), tensors, metadata);
}

function resumePath(io: StageIo): string {
  return `${io.partialDir}/resume.safetensors`;
}

/** Reports every epoch's end, and steps in between a few times a second. */
function progressReport(
  io: StageIo,
  total: number,
  score: TrainingOptions<unknown>["score"],
): (event: TrainEvent) => void {
  let next = 0;
  let validation: Record<string, number> = {};
  return (event) => {
    if (event.type === "failed") return;
    if (event.type === "epoch") {
      const { validation_loss, validation_accuracy } = event.record;
      validation = { val_loss: validation_loss, ...score(validation_accuracy, "val_") };
    } else if (performance.now() < next) return;
    next = performance.now() + REPORT_MS;
    const { epoch, done, loss, accuracy } = event.type === "epoch"
      ? { ...event.record, done: event.record.steps }
      : { ...event, done: event.step, loss: event.meanLoss };
    const figures = { epoch, loss, ...score(accuracy, ""), ...validation };
    const shown = Object.entries(figures).map(([name, value]) => [name, rounded(value)]);
    io.progress({ done, total, unit: "steps", figures: Object.fromEntries(shown) });
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function diverged({ phase, epoch, step, rates, loss }: TrainFailure): UserError {
  return new UserError(
    "loss-not-finite",
    `Training stopped in epoch ${epoch} after step ${step}: the ${phase} loss is ${loss} at learning rates ` +
      `${rates.model} (model), ${rates.stft} (STFT kernels) and ${rates.mel} (Mel filters), wanted a finite number. Lower optim.model.lr ` +
      `or optim.mel.lr (or optim.schedule.max_lr where they are null), or set frontend.normalise=batch.`,
  );
}
