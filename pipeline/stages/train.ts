/** Stage `train`: trains one network on features, and keeps its best and its last state. */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { sha256Json } from "../../lib/base/digest.ts";
import { UserError } from "../../lib/base/errors.ts";
import { loadKind } from "../../lib/base/kinds.ts";
import { writeTensors } from "../../lib/formats/safetensors_io.ts";
import type { TensorSpec } from "../../lib/nn/types.ts";
import { checkpointMetadata, type CheckpointRecord } from "../../lib/records/checkpoint.ts";
import { datasetSchema } from "../../lib/records/dataset.ts";
import { type History, historyText } from "../../lib/records/history.ts";
import type { Examples } from "../../lib/tasks/contract.ts";
import { changesOf } from "../../lib/train/augmentation.ts";
import { type SnapshotLayout, stateTensors } from "../../lib/train/checkpoint.ts";
import { describeDraws, describeWeights } from "../../lib/train/draws.ts";
import { endingOf, type Limits } from "../../lib/train/ending.ts";
import { epochDraws, train, type TrainEvent, type TrainFailure } from "../../lib/train/loop.ts";
import { openOptimizer } from "../../lib/train/optimizer.ts";
import { openTraining, type Training } from "../../lib/train/session_io.ts";
import type { Score } from "../../lib/train/selections/contract.ts";
import { SELECTIONS } from "../../lib/train/selections/kinds.ts";
import { evaluatedValues, type Snapshot, type Values } from "../../lib/train/snapshot.ts";
import { partShape, trainerSchema, trainingShape } from "../../lib/train/spec.ts";
import { shareThreads } from "../../lib/train/thread_shares.ts";
import { startFrom } from "../checkpoints/import_io.ts";
import { openResume } from "../checkpoints/resume_io.ts";
import { defineStage, type StageIo } from "../engine/stage.ts";

/**
 * Reads inputs `train`, `validation` (features) and, where training starts from a checkpoint, `init`, where its states
 * listen to a stream, `stream`; writes `best.safetensors`, `last.safetensors`, `history.json`, and `resume.safetensors`,
 * from which a longer training goes on.
 */
const slice = z.strictObject({
  ...trainingShape,
  /** What its checkpoints say that they were trained on. */
  dataset: datasetSchema,
  trainer: trainerSchema.extend(partShape),
});

/** Milliseconds between progress reports: often enough to look alive. */
const REPORT_MS = 200;

export const stage = defineStage({
  slice,
  async run(io, { task, frontend, model, augment, optim, seed, backend, trainer, dataset }) {
    const { epochs, horizonEpochs, patience, minutes, select, average, clipsPerEpoch, ...drawing } = trainer;
    const { compute, workers } = shareThreads(io.threads, await changesOf(augment));
    const { device, facts } = await openBackend(backend, { threads: compute, guests: workers });
    io.madeWith(facts);
    const beside = workers === 0 ? "" : `; ${workers} more make batches and help`;
    io.note("info", `Training on ${backend} (${device}${beside})`);
    using open = await openTraining(
      {
        task,
        frontend,
        model,
        augment,
        seed,
        ...drawing,
        workers,
      },
      { train: io.input("train"), validation: io.input("validation") },
      (message) => io.note("warning", message),
    );
    const { network, info, rng, state } = open;
    const { classes, sampleRate, clipSamples } = info;
    if (io.inputs["init"] !== undefined) {
      await startFrom(io, { network, frontend, model, classes, state });
    }

    const objective = open.objective(clipsPerEpoch);
    if (network.head === "clip") tellDraws(io, open, objective.epochBatches(epochDraws(rng, 1)));
    const optimizer = await openOptimizer(optim, network.specs, state);
    const layout: SnapshotLayout = { network: network.specs, optimizer: optimizer.state };
    const report = progressReport(io, epochs * objective.stepsPerEpoch, objective.reader.ahead > 0);
    const limits = { epochs, patience };
    const resume = openResume(io, layout, { ...limits, minutes });
    let snapshot = resume.from;
    const timer = timerOf(minutes, resume.seconds);
    const events = train({
      objective,
      state,
      optimizer,
      schedule: optim.schedule,
      ...(average === null ? {} : { average }),
      epochs,
      ...(horizonEpochs === null ? {} : { horizonEpochs }),
      ...(patience === null ? {} : { patience }),
      ...await selectionOf(io, select, open),
      rng,
      now: () => performance.now(),
      ...(snapshot === null ? {} : { from: snapshot }),
    });
    if (snapshot === null || !timer.isUp()) {
      for await (const event of events) {
        if (event.type === "failed") throw diverged(event.failure, trainedGroups(network.specs));
        if (event.type === "epoch") resume.write(snapshot = event.snapshot, timer.seconds());
        report(event);
        if (event.type === "epoch" && timer.isUp()) break;
      }
    }

    const { training } = open;
    const trainedOn = { ...dataset, examples: training.count, examplesSha256: examplesDigest(training) };
    const about = { task, classes, frontend, model, sampleRate, clipSamples, dataset: trainedOn };
    const { epoch, best, history } = snapshot!;
    const stopped = stopOf(history, limits);
    if (stopped !== undefined) tellStop(io, stopped, { epoch, patience, minutes });
    write(io, "best", about, best!.epoch, layout, best!.state);
    write(io, "last", about, epoch, layout, evaluatedValues(snapshot!));
    Deno.writeTextFileSync(
      io.output("history.json"),
      historyText({
        bestEpoch: best!.epoch,
        epochs: [...history],
        ...(stopped && { stopped }),
        ...(minutes !== null && { minutes }),
      }),
    );
    // A schedule that has come to its end has no longer training that it is a part of.
    if (horizonEpochs !== null && epoch >= horizonEpochs) resume.writeEnd();
    else resume.writeResult(snapshot!, timer.seconds());
  },
});

interface Timer {
  /** Since training began, in whatever attempts; undefined: they do not count. */
  seconds(): number | undefined;
  /** Whether no further epoch may begin. */
  isUp(): boolean;
}

/** @param before Seconds that earlier attempts took. */
function timerOf(minutes: number | null, before: number): Timer {
  if (minutes === null) return { seconds: () => undefined, isUp: () => false };
  const begun = performance.now();
  const seconds = () => before + (performance.now() - begun) / 1000;
  return { seconds, isUp: () => seconds() >= 60 * minutes };
}

/** Why a training ended where it did; undefined: it had all its epochs. */
function stopOf(history: Snapshot["history"], limits: Limits): History["stopped"] {
  const by = endingOf(history, limits)?.by ?? "minutes";
  return by === "epochs" ? undefined : { by, wantedEpochs: limits.epochs };
}

function tellStop(
  io: StageIo,
  { by, wantedEpochs }: NonNullable<History["stopped"]>,
  { epoch, patience, minutes }: {
    readonly epoch: number;
    readonly patience: number | null;
    readonly minutes: number | null;
  },
): void {
  const told = `Stopped after epoch ${epoch} of ${wantedEpochs}, as `;
  if (by === "patience") {
    const epochs = patience === 1 ? "the last epoch" : `the last ${patience} epochs`;
    return io.note("info", `${told}${epochs} brought no better state (trainer.patience)`);
  }
  io.note(
    "warning",
    `${told}its ${minutes} minutes were over (trainer.minutes): another machine, or this one another time, may train ` +
      `another number of epochs`,
  );
}

async function selectionOf(
  io: StageIo,
  name: string,
  { network, info: { classes, sampleRate, clipSamples } }: Training,
): Promise<{ readonly select?: Score }> {
  const kind = await loadKind(SELECTIONS, name, "trainer.select");
  if (kind.load === undefined) return {};
  const { open } = await kind.load();
  io.note("info", `The best state is that with ${kind.words}`);
  return { select: await open({ network, classes, sampleRate, clipSamples, stream: io.inputs["stream"] }) };
}

function tellDraws(
  io: StageIo,
  { training, classWeights }: Training,
  batches: readonly ArrayLike<number>[],
): void {
  const { drawn, few } = describeDraws(training, batches);
  io.note("info", drawn);
  if (classWeights !== null) io.note("info", describeWeights(training.classes, classWeights));
  if (few !== null) io.note("warning", few);
}

/** Of names and labels: audio of one name may differ all the same. */
function examplesDigest(examples: Examples): string {
  const { names, classes } = examples;
  const labels = (row: number) => Array.from(examples.labelsOf(row), (i) => classes[i]!);
  return sha256Json(names.map((name, row) => [name, ...labels(row)]));
}

function write(
  io: StageIo,
  name: "best" | "last",
  about: Omit<CheckpointRecord, "epoch">,
  epoch: number,
  { network }: SnapshotLayout,
  values: Values,
): void {
  const metadata = checkpointMetadata({ ...about, epoch });
  writeTensors(io.output(`${name}.safetensors`), stateTensors(network, values), metadata);
}

/**
 * Reports every epoch's end, and steps in between a few times a second.
 * @param waits Whether batches are made by others: then the share of time that is spent waiting for them is told.
 */
function progressReport(io: StageIo, total: number, waits: boolean): (event: TrainEvent) => void {
  let next = 0;
  let waiting: Record<string, number> = {};
  let validation: Record<string, number> = {};
  return (event) => {
    if (event.type === "failed") return;
    if (waits && event.type === "step") waiting = { waiting: event.waited };
    if (event.type === "epoch") {
      const { validationLoss, validationAccuracy } = event.record;
      validation = { val_loss: validationLoss, val_accuracy: validationAccuracy };
    } else if (performance.now() < next) return;
    next = performance.now() + REPORT_MS;
    const { epoch, done, loss, accuracy } = event.type === "epoch"
      ? { ...event.record, done: event.record.steps }
      : { ...event, done: event.step, loss: event.meanLoss };
    const figures = { epoch, loss, accuracy, ...validation, ...waiting };
    const shown = Object.entries(figures).map(([name, value]) => [name, rounded(value)]);
    io.progress({ done, total, unit: "steps", figures: Object.fromEntries(shown) });
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Of parameters that training changes, the model's first. */
function trainedGroups(specs: readonly TensorSpec[]): string[] {
  const groups = new Set(specs.filter(({ trainable }) => trainable).map(({ group }) => group));
  return [...groups].sort((a, b) => Number(b === "model") - Number(a === "model"));
}

function diverged({ phase, epoch, step, rates, loss }: TrainFailure, groups: readonly string[]): UserError {
  const keys = groups.map((group) => `optim.${group}.lr`);
  return new UserError(
    "loss-not-finite",
    `Training stopped in epoch ${epoch} after step ${step}: the ${phase} loss is ${loss} at learning rates ` +
      `${groups.map((group) => `${rates[group]} (${group})`).join(", ")}, wanted a finite number. Lower ` +
      `${keys.join(" or ")} (or optim.schedule.max_lr where they are null), or set frontend.normalise=batch.`,
  );
}

if (import.meta.main) await stage.serve();
