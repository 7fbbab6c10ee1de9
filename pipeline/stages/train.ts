/** Stage `train`: trains one network on cached features, and keeps its best and its last state. */
import { type BackendName, openBackend } from "../../lib/backend/backend_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { Rng } from "../../lib/base/random.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { prefixTensors } from "../../lib/frontends/prefix_tensors.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import { softmaxCrossEntropy } from "../../lib/kernels/softmax_cross_entropy/op.ts";
import { buildNetwork, createState, type ModelSpec } from "../../lib/models/network.ts";
import type { Network, NetworkState, ParameterGroup, TensorSpec } from "../../lib/nn/types.ts";
import {
  snapshotFrom,
  type SnapshotLayout,
  snapshotTensors,
  stateTensors,
} from "../../lib/train/checkpoint.ts";
import { checkFeatures, openFeatures } from "../../lib/train/feature_file_io.ts";
import { assignImported, importState } from "../../lib/train/import_state.ts";
import { stepsInEpoch, train, type TrainEvent, type TrainFailure } from "../../lib/train/loop.ts";
import { createOptimizer, type GroupSpec, type RuleSpec } from "../../lib/train/optimizer.ts";
import type { SamplerKind, SamplerSpec } from "../../lib/train/sampler.ts";
import { type GroupRates, type ScheduleSpec, withPeakRates } from "../../lib/train/schedule.ts";
import type { EpochRecord, Snapshot, Values } from "../../lib/train/snapshot.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

/**
 * Reads inputs `train`, `validation` and, where training starts from a checkpoint, `init`; writes `best.safetensors`,
 * `last.safetensors` and `history.json`.
 */
export interface TrainSlice {
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  readonly trainer: TrainerSlice;
  readonly optim: OptimSlice;
  readonly seed: number;
  readonly backend: BackendName;
  readonly clip_samples: number;
}

export type OptimSlice =
  & RuleSpec
  & GroupRates
  & Readonly<Record<ParameterGroup, Omit<GroupSpec, "lr">>>
  & { readonly schedule: ScheduleSpec };

export interface TrainerSlice {
  readonly epochs: number;
  readonly batch_size: number;
  readonly sampler: SamplerKind;
  readonly clips_per_epoch: number | null;
}

/** What `history.json` holds. */
export interface History {
  readonly format: 1;
  readonly best_epoch: number;
  readonly epochs: readonly EpochRecord[];
}

/** Milliseconds between progress reports: often enough to look alive. */
const REPORT_MS = 200;

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as TrainSlice;
  const { trainer, optim } = slice;
  const { device } = await openBackend(slice.backend, { threads: io.threads });
  io.note("info", `Training on ${slice.backend} (${device})`);
  using training = openFeatures(io.input("train"));
  using validation = openFeatures(io.input("validation"));
  const { classes } = training.info;
  const network = buildNetwork(slice.frontend, slice.model, classes.length, slice.clip_samples);
  checkFeatures(training, io.input("train"), network);
  checkFeatures(validation, io.input("validation"), network);

  const rng = Rng.fromSeed(slice.seed);
  const state = createState(network, rng.fork("init"));
  if (io.inputs["init"] !== undefined) startFrom(io, slice, network, state, classes);
  const optimizer = createOptimizer(withPeakRates(optim, optim.schedule), network.specs, state);
  const layout: SnapshotLayout = { network: network.specs, optimizer: optimizer.state };
  const sampler: SamplerSpec = { kind: trainer.sampler, clipsPerEpoch: trainer.clips_per_epoch };
  const report = progressReport(
    io,
    trainer.epochs * stepsInEpoch(sampler, training.count, trainer.batch_size),
  );
  let snapshot = readResume(io, layout);
  const events = train({
    network,
    state,
    optimizer,
    loss: softmaxCrossEntropy,
    train: training,
    validation,
    classes,
    sampler,
    schedule: optim.schedule,
    epochs: trainer.epochs,
    batchSize: trainer.batch_size,
    rng,
    ...(snapshot === null ? {} : { from: snapshot }),
  });
  for await (const event of events) {
    if (event.type === "failed") throw diverged(event.failure);
    if (event.type === "epoch") writeResume(io, layout, snapshot = event.snapshot);
    report(event);
  }
  writeOutputs(io, slice, network.specs, classes, snapshot!);
}

/** Puts an imported checkpoint's values into a fresh state. */
export function startFrom(
  io: StageIo,
  { frontend }: Pick<TrainSlice, "frontend">,
  network: Network,
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
  { frontend, model, clip_samples }: TrainSlice,
  specs: readonly TensorSpec[],
  classes: readonly string[],
  { epoch, state, best, history }: Snapshot,
): void {
  const write = (name: string, values: Values, epoch: number) =>
    writeTensors(io.output(name), stateTensors(specs, values), {
      epoch: String(epoch),
      classes: JSON.stringify(classes),
      frontend: JSON.stringify(frontend),
      model: JSON.stringify(model),
      clip_samples: String(clip_samples),
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
function progressReport(io: StageIo, total: number): (event: TrainEvent) => void {
  let next = 0;
  let validation: Record<string, number> = {};
  return (event) => {
    if (event.type === "failed") return;
    if (event.type === "epoch") {
      const { validation_loss, validation_accuracy } = event.record;
      validation = { val_loss: rounded(validation_loss), val_accuracy: rounded(validation_accuracy) };
    } else if (performance.now() < next) return;
    next = performance.now() + REPORT_MS;
    const { epoch, done, loss, accuracy } = event.type === "epoch"
      ? { ...event.record, done: event.record.steps }
      : { ...event, done: event.step, loss: event.meanLoss };
    const figures = { epoch, loss: rounded(loss), accuracy: rounded(accuracy), ...validation };
    io.progress({ done, total, unit: "steps", figures });
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

if (import.meta.main) await serveStage(run);
