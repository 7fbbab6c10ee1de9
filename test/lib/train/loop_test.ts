import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../lib/base/errors.ts";
import { Rng } from "../../../lib/base/random.ts";
import { decodeTensors, encodeTensors } from "../../../lib/formats/safetensors.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { createState } from "../../../lib/nn/state.ts";
import { work } from "../../../lib/tasks/kws/work.ts";
import { snapshotFrom, type SnapshotLayout, snapshotTensors } from "../../../lib/train/checkpoint.ts";
import { endingOf } from "../../../lib/train/ending.ts";
import { train, type TrainEvent, type TrainFailure, type TrainOptions } from "../../../lib/train/loop.ts";
import type { BatchSource } from "../../../lib/train/batch_reader.ts";
import { type ObjectiveOptions, runThrough } from "../../../lib/train/objective.ts";
import { createOptimizer, type GroupSpecs } from "../../../lib/train/optimizer.ts";
import { assignValues, type Snapshot } from "../../../lib/train/snapshot.ts";
import { ADAM, type RuleOf, SGD } from "../../support/rules.ts";
import { CLASSES, fakeNetwork, fakeObjective, fakeSource } from "./fake_network.ts";

await tf.setBackend("cpu");

const RNG = Rng.fromSeed(7);
const GROUPS: GroupSpecs = {
  model: { lr: 0.1, weightDecay: 1e-3, clipNorm: null },
  stft: { lr: 0.02, weightDecay: 0, clipNorm: null },
  mel: { lr: 0.05, weightDecay: 0, clipNorm: null },
};

type Changes = Partial<
  & ObjectiveOptions
  & Pick<TrainOptions, "schedule" | "average" | "epochs" | "horizonEpochs" | "patience" | "from">
>;

interface Given extends TrainOptions {
  readonly network: Network;
  readonly validation: BatchSource;
}

function options(
  changes: Changes = {},
  network: Network = fakeNetwork(),
  groups: GroupSpecs = GROUPS,
  rule: RuleOf = SGD,
): Given {
  const { schedule = { kind: "constant" }, epochs = 4, from, average, horizonEpochs, patience, ...data } =
    changes;
  const validation = data.validation ?? fakeSource(12, RNG.fork("validation"));
  const state = createState(network, RNG.fork("init"));
  return {
    network,
    validation,
    objective: fakeObjective(network, RNG, { ...data, validation }),
    state,
    optimizer: createOptimizer(groups, rule, network.specs, state),
    schedule,
    epochs,
    rng: RNG,
    ...(average === undefined ? {} : { average }),
    ...(horizonEpochs === undefined ? {} : { horizonEpochs }),
    ...(patience === undefined ? {} : { patience }),
    ...(from === undefined ? {} : { from }),
  };
}

async function collect(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}

function epochsOf(events: readonly TrainEvent[]) {
  return events.filter((event) => event.type === "epoch");
}

function failureOf(events: readonly TrainEvent[]): TrainFailure {
  const last = events.at(-1);
  if (last?.type !== "failed") throw new Error(`The last event is ${last?.type}`);
  return last.failure;
}

function lastSnapshot(events: readonly TrainEvent[]): Snapshot {
  return epochsOf(events).at(-1)!.snapshot;
}

function throughFile(layout: SnapshotLayout, snapshot: Snapshot): Snapshot {
  const { tensors, metadata } = snapshotTensors(layout, snapshot);
  return snapshotFrom(layout, decodeTensors(encodeTensors(tensors, metadata), "x"), "x");
}

Deno.test("train() overfits one batch", async () => {
  const one = fakeSource(8, RNG.fork("one"));
  const given = options({ train: one, validation: one, sampler: "shuffle", epochs: 200 });
  const events = await collect(train(given));
  const last = epochsOf(events).at(-1)!.record;
  assertEquals(last.validationAccuracy, 1); // of the same clips, without dropout
  assert(last.validationLoss < 0.1, `found a loss of ${last.validationLoss}`);
});

Deno.test("train() yields an event a step and an epoch, with means over clips", async () => {
  const events = await collect(train(options({ epochs: 2 })));
  const steps = events.filter((event) => event.type === "step");
  assertEquals(
    steps.map((event) => [event.epoch, event.step]),
    [1, 2, 3, 4, 5, 6, 7, 8].map((s) => [s > 4 ? 2 : 1, s]),
  );
  assertEquals(events.map((event) => event.type === "epoch").lastIndexOf(true), 9);
  const sizes = [8, 8, 8, 7];
  const mean = steps.slice(0, 4).reduce((sum, event, i) => sum + event.loss * sizes[i]!, 0) / 31;
  const { record } = epochsOf(events)[0]!;
  assertAlmostEquals(record.loss, mean, 1e-12);
  assertEquals([record.epoch, record.steps, record.lr], [1, 4, { stft: 0.02, mel: 0.05, model: 0.1 }]);
  assertEquals(options().objective.stepsPerEpoch, 4);
});

const GOING_ON: Readonly<Record<string, Changes & { readonly rule?: RuleOf }>> = {
  sgd: {},
  adam: { rule: ADAM },
  "an average of steps": { average: { kind: "ema", decay: 0.9 } },
  "an average of epochs": { average: { kind: "swa", fromEpoch: 2 } },
  "a rate that falls on a plateau": {
    schedule: { kind: "plateau", factor: 0.1, patience: 0, threshold: 0.5 },
  },
  "a rate that falls in steps": { schedule: { kind: "steps", afterEpochs: [1, 3], factor: 0.5 } },
  "a rate that rises again": {
    schedule: {
      ...{ kind: "cosine_restarts", firstCycleSteps: 6, cycleMult: 1, maxLr: 0.2, minLr: 0, warmupSteps: 2 },
      gamma: 0.5,
    },
  },
  "a part of a rate that falls to the end": {
    schedule: { kind: "cosine", warmupEpochs: 1 },
    horizonEpochs: 6,
  },
  "a part of a single cycle": {
    schedule: { kind: "one_cycle", rise: 0.3, start: 0.1, end: 0 },
    horizonEpochs: 6,
  },
};

for (const [what, { rule, ...changes }] of Object.entries(GOING_ON)) {
  Deno.test(`train() with ${what} going on from any epoch's file ends with the same bytes as never stopping`, async () => {
    const given = (more?: Changes) => options({ ...changes, ...more }, fakeNetwork(), GROUPS, rule);
    const whole = await collect(train(given()));
    for (const stop of [1, 2, 3]) {
      const first = given({ epochs: stop });
      const stopped = lastSnapshot(await collect(train(first)));
      const from = throughFile({ network: first.network.specs, optimizer: first.optimizer.state }, stopped);
      const rest = await collect(train(given({ from })));
      assertEquals(epochsOf(rest).length, 4 - stop);
      assertEquals(lastSnapshot(rest), lastSnapshot(whole));
    }
    assertEquals(lastSnapshot(whole).history, epochsOf(whole).map((event) => event.record));
  });
}

Deno.test("train() of a part takes the steps that the whole takes, and no others", async () => {
  const schedule = { kind: "cosine", warmupEpochs: 1 } as const;
  const whole = epochsOf(await collect(train(options({ schedule, epochs: 4 }))));
  const part = epochsOf(await collect(train(options({ schedule, epochs: 2, horizonEpochs: 4 }))));
  assertEquals(part.map(({ snapshot }) => snapshot), whole.slice(0, 2).map(({ snapshot }) => snapshot));
  const short = epochsOf(await collect(train(options({ schedule, epochs: 2 }))));
  assert(short[1]!.snapshot.horizon !== part[1]!.snapshot.horizon);
  assert(short[1]!.record.lr["model"] !== part[1]!.record.lr["model"]);
});

Deno.test("train() ends where patience ends, wherever it went on, and refuses what lies behind", async () => {
  const groups = { ...GROUPS, model: { ...GROUPS.model, lr: 5 } }; // so that the loss goes up and down
  const given = (changes: Changes) => options({ epochs: 12, ...changes }, fakeNetwork(), groups);
  const whole = epochsOf(await collect(train(given({}))));
  const history = whole.map(({ record }) => record);
  const patience = 2;
  const end = endingOf(history, { epochs: 12, patience })!;
  assert(end.by === "patience" && end.epoch > patience && end.epoch < 12, JSON.stringify(end));
  const patient = epochsOf(await collect(train(given({ patience }))));
  assertEquals(
    patient.map(({ snapshot }) => snapshot),
    whole.slice(0, end.epoch).map(({ snapshot }) => snapshot),
  );
  assertEquals(patient.at(-1)!.snapshot.best!.epoch, end.epoch - patience);
  // Counting goes on with the training: epochs before the stop are not forgotten.
  const from = whole[end.epoch - 2]!.snapshot;
  assertEquals(epochsOf(await collect(train(given({ from, patience })))).length, 1);
  const over = { from: whole[end.epoch - 1]!.snapshot, patience };
  assertEquals(await collect(train(given(over))), []);
  const behind = () => collect(train(given({ from: whole[end.epoch]!.snapshot, patience })));
  await assertRejects(behind, UserError, `was to end after epoch ${end.epoch}`);
});

Deno.test("train() evaluates and keeps the average of states, running statistics included", async () => {
  for (const average of [{ kind: "ema", decay: 0.5 }, { kind: "swa", fromEpoch: 2 }] as const) {
    const given = options({ average, epochs: 4 });
    const epochs = epochsOf(await collect(train(given)));
    const { state, average: kept, history } = epochs.at(-1)!.snapshot;
    assertEquals(kept!.updates, average.kind === "ema" ? 16 : 3);
    for (const name of ["layer.weight", "norm.running_mean"]) {
      assert(kept!.state.get(name)!.some((value, i) => value !== state.get(name)![i]));
    }
    if (average.kind === "swa") {
      const ends = epochs.slice(1).map(({ snapshot }) => snapshot.state.get("layer.weight")!);
      const mean = ends[0]!.map((_, i) => ends.reduce((sum, values) => sum + values[i]!, 0) / ends.length);
      kept!.state.get("layer.weight")!.forEach((value, i) => assertAlmostEquals(value, mean[i]!, 1e-6));
      assertEquals(epochs[0]!.snapshot.best!.state, epochs[0]!.snapshot.state);
    }
    assignValues(given.state, kept!.state);
    const { loss } = await measured(given, 5);
    assertAlmostEquals(loss, history.at(-1)!.validationLoss, 1e-6);
    const [last] = epochs.filter(({ snapshot }) => snapshot.best!.epoch === 4);
    if (last !== undefined) assertEquals(last.snapshot.best!.state, kept!.state);
  }
});

Deno.test("train() refuses a snapshot of another length where rates depend on it, and of another average", async () => {
  const schedule = { kind: "cosine", warmupEpochs: 1 } as const;
  const from = lastSnapshot(await collect(train(options({ schedule, epochs: 2 }))));
  const longer = (changes: Changes) => collect(train(options({ from, ...changes })));
  await assertRejects(() => longer({ schedule, epochs: 3 }), UserError, "of 8 steps as one of 12");
  assertEquals(epochsOf(await longer({ epochs: 3 })).length, 1);
  const average = { kind: "ema", decay: 0.9 } as const;
  await assertRejects(() => longer({ average }), UserError, "wanted one for an average");
});

Deno.test("train() takes each step at the schedule's rate, and says so", async () => {
  const schedule = {
    kind: "cosine_restarts",
    firstCycleSteps: 6,
    cycleMult: 1,
    maxLr: 0.2,
    minLr: 0,
    warmupSteps: 2,
    gamma: 0.5,
  } as const;
  const given = options({ schedule, epochs: 2, clipsPerEpoch: 8 });
  const before = given.state.get("layer.bias")!.dataSync();
  const events = await collect(train(given));
  const rates = events.flatMap((event) => (event.type === "step" ? [event.rates] : []));
  assertEquals(rates, [{ stft: 0, mel: 0, model: 0 }, { stft: 0.01, mel: 0.025, model: 0.05 }]);
  const [first, second] = epochsOf(events);
  assertEquals([first!.record.lr, second!.record.lr], [rates[0], rates[1]]);
  assertEquals(first!.snapshot.state.get("layer.bias"), before);
  assert(second!.snapshot.state.get("layer.bias")!.some((value, i) => value !== before[i]));
});

Deno.test("train() draws another dropout mask in every step, and none in validation", async () => {
  const drawn: number[] = [];
  const plain = fakeNetwork();
  const network: Network = {
    ...plain,
    forward(state, batch, mode, entry) {
      if (mode.dropout !== undefined) drawn.push(mode.dropout.fork("mask").bits());
      return plain.forward(state, batch, mode, entry);
    },
  };
  await collect(train(options({}, network)));
  assertEquals([drawn.length, new Set(drawn).size], [16, 16]);
});

Deno.test("train() does nothing when the snapshot is already at the last epoch", async () => {
  const whole = await collect(train(options()));
  assertEquals(await collect(train(options({ from: lastSnapshot(whole) }))), []);
});

Deno.test("train() keeps frozen parameters byte for byte, moves trained ones, updates buffers", async () => {
  const { state, best } = lastSnapshot(await collect(train(options())));
  assertEquals(state.get("front.fixed"), Float32Array.of(1));
  assert(state.get("front.gain")!.some((value) => value !== 0.5));
  assert(state.get("norm.running_mean")!.every((value) => value !== 0));
  assertEquals([...best!.state.keys()], [...state.keys()]);
});

Deno.test("train() projects after every step", async () => {
  const groups = { ...GROUPS, mel: { ...GROUPS.mel, lr: 50 } };
  for (const event of epochsOf(await collect(train(options({}, fakeNetwork(), groups))))) {
    assert(event.snapshot.state.get("front.gain")!.every((value) => value >= 0 && value <= 1));
  }
});

Deno.test("train() keeps the state with the lowest validation loss, whatever comes after", async () => {
  // A rate this high makes the validation loss go up and down.
  const groups = { ...GROUPS, model: { lr: 30, weightDecay: 0, clipNorm: null } };
  const given = options({ epochs: 8 }, fakeNetwork(), groups);
  const epochs = epochsOf(await collect(train(given)));
  const losses = epochs.map((event) => event.record.validationLoss);
  const lowest = losses.indexOf(Math.min(...losses));
  assert(lowest < 7, "the last epoch is the best: the test shows nothing");
  const { best } = epochs.at(-1)!.snapshot;
  assertEquals([best!.epoch, best!.validationLoss], [lowest + 1, losses[lowest]]);
  assertEquals(best!.state, epochs[lowest]!.snapshot.state);
  assertEquals(
    epochs.map((event) => event.isBest),
    losses.map((l, i) => l < Math.min(...losses.slice(0, i))),
  );
  assignValues(given.state, best!.state);
  const { loss } = await measured(given, 5);
  assertAlmostEquals(loss, losses[lowest]!, 1e-6);
});

Deno.test("train() keeps the state that something else has least of, of equal ones that with the lower loss", async () => {
  const groups = { ...GROUPS, model: { lr: 30, weightDecay: 0, clipNorm: null } };
  const train8 = (select?: () => number) =>
    collect(train({ ...options({ epochs: 8 }, fakeNetwork(), groups), ...(select && { select }) }));
  const losses = epochsOf(await train8()).map(({ record }) => record.validationLoss);
  const scores = losses.map((loss, i) => loss === Math.min(...losses) ? 9 : 1 + i % 2);
  let epoch = 0;
  const select = () => scores[epoch++]!;
  const epochs = epochsOf(await train8(select));
  assertEquals(epochs.map(({ record }) => record.selection), scores);
  const equal = epochs.filter((_, i) => scores[i] === 1);
  const lowest = Math.min(...equal.map(({ record }) => record.validationLoss));
  const { best } = epochs.at(-1)!.snapshot;
  assertEquals([best!.score, best!.validationLoss], [1, lowest]);
  assert(
    lowest > Math.min(...epochs.map(({ record }) => record.validationLoss)),
    "the loss would choose another",
  );
  assertEquals(best!.state, epochs[best!.epoch - 1]!.snapshot.state);
});

Deno.test("train() goes on from a snapshot with the best that it had", async () => {
  const scores = [2, 1, 3, 4];
  const from = (epoch: number) => {
    let next = epoch;
    return () => scores[next++]!;
  };
  const whole = epochsOf(await collect(train({ ...options({ epochs: 4 }), select: from(0) })));
  const { snapshot } = whole[1]!;
  const rest = epochsOf(await collect(train({ ...options({ epochs: 4, from: snapshot }), select: from(2) })));
  assertEquals(rest.at(-1)!.snapshot.best, whole.at(-1)!.snapshot.best);
  assertEquals(rest.at(-1)!.snapshot.best!.epoch, 2);
});

Deno.test("train() ends with a typed failure when the loss is not finite", async () => {
  const groups = { ...GROUPS, model: { lr: 1e38, weightDecay: 1, clipNorm: null } };
  const events = await collect(train(options({}, fakeNetwork(), groups)));
  const { reason, phase, epoch, step, rates, loss } = failureOf(events);
  assertEquals([reason, phase, epoch, rates.model], ["loss-not-finite", "training", 1, 1e38]);
  assertEquals(step, events.length);
  assertEquals(Number.isFinite(loss), false);
});

Deno.test("train() names validation when only its loss is not finite", async () => {
  const validation = fakeSource(3, RNG);
  const broken: BatchSource = {
    ...validation,
    read: async (rows) => {
      const batch = await validation.read(rows);
      return { ...batch, features: batch.features.fill(NaN) };
    },
  };
  const { phase, epoch, step } = failureOf(await collect(train(options({ validation: broken }))));
  assertEquals([phase, epoch, step], ["validation", 1, 4]);
});

Deno.test("train() holds the same number of tensors and bytes after every step and epoch", async () => {
  const counts = new Set<string>();
  const given = options();
  for await (const event of train(given)) {
    const { numTensors, numBytes } = tf.memory();
    counts.add(`${numTensors} tensors, ${numBytes} bytes`);
    if (event.type === "epoch") assertEquals(event.snapshot.steps, event.record.steps);
  }
  assertEquals(counts.size, 1);
});

Deno.test("runThrough() gives the same figures for every batch size and changes nothing", async () => {
  const given = options();
  const before = await given.state.get("norm.running_mean")!.data();
  const all = await measured(given, 100);
  for (const size of [1, 5, 12]) {
    const { loss, accuracy, confusion, done } = await measured(given, size);
    assertEquals([confusion, accuracy], [all.confusion, all.accuracy]);
    assertAlmostEquals(loss, all.loss, 1e-6);
    assertEquals([done.length, done.at(-1)], [Math.ceil(12 / size), 12]);
  }
  assertEquals(await given.state.get("norm.running_mean")!.data(), before);
  const { loss, accuracy } = await given.objective.validate(given.state);
  assertEquals(accuracy, all.accuracy);
  assertAlmostEquals(loss, all.loss, 1e-6);
});

/** Figures of the validation clips in batches of a size, and how many were done after each. */
async function measured({ objective, state, validation }: Given, size: number) {
  const tally = work.startTally(CLASSES, {});
  const done: number[] = [];
  const batches = work.evaluationBatches(validation, size, false);
  await runThrough(objective.learner, state, validation, batches, tally, (clips) => done.push(clips));
  return { loss: tally.loss(), accuracy: tally.accuracy(), confusion: tally.figures().confusion, done };
}
