import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { sha256Json } from "../../../lib/base/digest.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { parseCheckpoint } from "../../../lib/records/checkpoint.ts";
import { parseHistory } from "../../../lib/records/history.ts";
import { assertDone, failureOf, runStage } from "./stage_process.ts";
import {
  ADAM,
  CLASSES,
  CLIP_SAMPLES,
  FRONTEND,
  frontendOf,
  LABELS,
  RECOGNITION_SLICE,
  SGD,
  TRAIN_SLICE,
  writeLogmel,
  writeUtterances,
  writeWaveforms,
} from "./tiny.ts";

const OUTPUTS = ["best.safetensors", "last.safetensors", "history.json", "resume.safetensors"];

function inFolder(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = Deno.makeTempDirSync();
    try {
      await body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

/** Features in `<folder>/data`; a run of the stage in `<folder>/<name>`. */
async function prepare(
  folder: string,
  write: (path: string, count: number, seed: string) => Promise<void> = writeLogmel,
  validationClips = 12,
) {
  Deno.mkdirSync(`${folder}/data`);
  const inputs = { train: `${folder}/data/train`, validation: `${folder}/data/validation` };
  await write(inputs.train, 30, "train");
  await write(inputs.validation, validationClips, "validation");
  return (name: string, slice: unknown = TRAIN_SLICE) => ({
    stage: "train",
    slice,
    inputs,
    folder: `${folder}/${name}`,
  });
}

function outputs(folder: string): Uint8Array[] {
  return OUTPUTS.map((name) => Deno.readFileSync(`${folder}/out/${name}`));
}

inFolder("train learns, names what it writes, and writes the same bytes each time", async (folder) => {
  const runOf = await prepare(folder);
  const result = await runStage(runOf("a"));
  assertDone(result);
  const best = readTensors(`${folder}/a/out/best.safetensors`);
  assertEquals(best.tensors.get("linearlayer.weight")!.shape[0], CLASSES.length);
  const said = parseCheckpoint(best.metadata, "best")!;
  assertEquals([said.task, said.classes, said.clipSamples], ["kws", CLASSES, CLIP_SAMPLES]);
  assertEquals([said.frontend, said.model], [FRONTEND, { kind: "linear" }]);
  const { examples, examplesSha256, ...dataset } = said.dataset!;
  assertEquals([dataset, examples], [TRAIN_SLICE.dataset, 30]);
  const labels = Array.from({ length: 30 }, (_, i) => [`${CLASSES[i % 3]}/${i}`, CLASSES[i % 3]!]);
  assertEquals(examplesSha256, sha256Json(labels));
  const history = parseHistory(Deno.readTextFileSync(`${folder}/a/out/history.json`), "history.json");
  assertEquals(history.epochs.map((e) => [e.epoch, e.steps]), [[1, 4], [2, 8], [3, 12], [4, 16]]);
  assert(history.epochs[3]!.loss < history.epochs[0]!.loss);
  assertEquals(said.epoch, history.bestEpoch);
  const lowest = Math.min(...history.epochs.map((e) => e.validationLoss));
  assertEquals(history.epochs[history.bestEpoch - 1]!.validationLoss, lowest);
  const progress = result.messages.flatMap((m) => (m.type === "progress" ? [m.progress] : []));
  assertEquals([progress.at(-1)!.done, progress.at(-1)!.total], [16, 16]);
  assertEquals(Object.keys(progress.at(-1)!.figures!), [
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
  ]);

  assertDone(await runStage(runOf("b")));
  assertEquals(outputs(`${folder}/b`), outputs(`${folder}/a`));
  assertDone(await runStage(runOf("c", { ...TRAIN_SLICE, seed: 4 })));
  assertNotEquals(outputs(`${folder}/c`), outputs(`${folder}/a`));
});

inFolder("train learns sequences by the same stage, and says so in what it writes", async (folder) => {
  const runOf = await prepare(folder, writeUtterances);
  const slice = { ...RECOGNITION_SLICE, trainer: { ...RECOGNITION_SLICE.trainer, epochs: 3 } };
  const result = await runStage(runOf("a", slice));
  assertDone(result);
  const { tensors, metadata } = readTensors(`${folder}/a/out/best.safetensors`);
  assert(tensors.has("lstmlayer.weight_ih_l0_reverse"));
  const said = parseCheckpoint(metadata, "best")!;
  assertEquals([said.task, said.classes, said.clipSamples], ["asr", LABELS, null]);
  const history = parseHistory(Deno.readTextFileSync(`${folder}/a/out/history.json`), "history.json");
  assert(history.epochs[2]!.validationLoss < history.epochs[0]!.validationLoss);
  assertDone(await runStage(runOf("b", slice)));
  assertEquals(outputs(`${folder}/b`), outputs(`${folder}/a`));
});

inFolder("train that was killed goes on and ends with the bytes of one never stopped", async (folder) => {
  const runOf = await prepare(folder);
  // Adam: its step count has to survive as well
  const slice = { ...TRAIN_SLICE, optim: ADAM, trainer: { ...TRAIN_SLICE.trainer, epochs: 60 } };
  assertDone(await runStage(runOf("whole", slice)));
  const killed = await runStage(runOf("parts", slice), (message, kill) => {
    if (message.type === "progress" && message.progress.figures?.["val_loss"] !== undefined) kill();
  });
  assert(killed.code !== 0 && killed.messages.at(-1)?.type !== "done");
  const result = await runStage(runOf("parts", slice));
  assertDone(result);
  const notes = result.messages.flatMap((m) => (m.type === "note" ? [m.message] : []));
  assert(notes.some((note) => /^Resumes after epoch \d+/.test(note)), notes.join());
  assertEquals(outputs(`${folder}/parts`), outputs(`${folder}/whole`));
  // An attempt that ended between its last epoch and its outputs has only these left to write.
  const again = await runStage(runOf("parts", slice));
  assertDone(again);
  assertEquals(again.messages.filter((m) => m.type === "progress"), []);
  assertEquals(outputs(`${folder}/parts`), outputs(`${folder}/whole`));
});

const PARTS: Readonly<
  Record<string, { readonly optim: unknown; readonly trainer?: Readonly<Record<string, unknown>> }>
> = {
  "a constant rate and Adam": { optim: ADAM },
  "a rate that falls in steps": {
    optim: { ...SGD, schedule: { kind: "steps", after_epochs: [1, 3], factor: 0.3 } },
  },
  "a plateau and an average of epochs": {
    optim: { ...SGD, schedule: { kind: "plateau", factor: 0.5, patience: 0, threshold: 0.2 } },
    trainer: { average: { kind: "swa", from_epoch: 2 } },
  },
  "restarts and an average of steps": {
    optim: {
      ...SGD,
      schedule: {
        ...{
          kind: "cosine_restarts",
          first_cycle_steps: 6,
          cycle_mult: 1,
          max_lr: 0.1,
          min_lr: 0,
          warmup_steps: 2,
        },
        gamma: 0.5,
      },
    },
    trainer: { average: { kind: "ema", decay: 0.9 }, sampler: "shuffle" },
  },
  "a part of a rate that falls to the end": {
    optim: { ...SGD, schedule: { kind: "cosine", warmup_epochs: 1 } },
    trainer: { horizon_epochs: 8, sampler: "capped" },
  },
};

for (const [what, { optim, trainer = {} }] of Object.entries(PARTS)) {
  inFolder(`train with ${what}: two epochs and three more are five, to the byte`, async (folder) => {
    const runOf = await prepare(folder);
    const sliceOf = (epochs: number) => ({
      ...TRAIN_SLICE,
      optim,
      trainer: { ...TRAIN_SLICE.trainer, ...trainer, epochs },
    });
    assertDone(await runStage(runOf("two", sliceOf(2))));
    assertDone(await runStage(runOf("five", sliceOf(5))));
    const earlier = [{ path: `${folder}/two/out/resume.safetensors`, task: "train/two" }];
    const result = await runStage({ ...runOf("three", sliceOf(5)), earlier });
    assertDone(result);
    const notes = result.messages.flatMap((m) => (m.type === "note" ? [m.message] : []));
    assert(notes.includes("Goes on after epoch 2, to which train/two had trained"), notes.join());
    const trained = new Set(
      result.messages.flatMap((m) => m.type === "progress" ? [m.progress.figures!["epoch"]] : []),
    );
    assertEquals([...trained], [3, 4, 5]);
    assertEquals(outputs(`${folder}/three`), outputs(`${folder}/five`));
  });
}

inFolder("train leaves a state to go on from only before its schedule's end", async (folder) => {
  const runOf = await prepare(folder);
  const optim = { ...SGD, schedule: { kind: "cosine", warmup_epochs: 1 } };
  const sliceOf = (epochs: number, horizon: number | null, more: object = {}) => ({
    ...TRAIN_SLICE,
    optim,
    trainer: { ...TRAIN_SLICE.trainer, epochs, horizon_epochs: horizon },
    ...more,
  });
  assertDone(await runStage(runOf("part", sliceOf(2, 3))));
  const earlier = [{ path: `${folder}/part/out/resume.safetensors`, task: "train/part" }];
  assertDone(await runStage({ ...runOf("end", sliceOf(3, 3)), earlier }));
  assertDone(await runStage(runOf("open", sliceOf(3, null, { optim: SGD }))));
  const states = ["part", "end", "open"].map((name) =>
    readTensors(`${folder}/${name}/out/resume.safetensors`).tensors.size
  );
  assertEquals(states.map((count) => count > 0), [true, false, true]);
  // It counts as none, not as damaged.
  const ended = [{ path: `${folder}/end/out/resume.safetensors`, task: "train/end" }];
  const again = await runStage({ ...runOf("again", sliceOf(3, 3)), earlier: ended });
  assertDone(again);
  const notes = again.messages.flatMap((m) => (m.type === "note" ? [[m.level, m.message]] : []));
  assertEquals(notes.filter(([level, note]) => level === "warning" || /Goes on/.test(note!)), []);
  assertEquals(outputs(`${folder}/again`), outputs(`${folder}/end`));
});

inFolder("train that goes on from another and is killed goes on from there", async (folder) => {
  const runOf = await prepare(folder);
  const sliceOf = (epochs: number) => ({ ...TRAIN_SLICE, trainer: { ...TRAIN_SLICE.trainer, epochs } });
  assertDone(await runStage(runOf("ten", sliceOf(10))));
  assertDone(await runStage(runOf("whole", sliceOf(60))));
  const earlier = [{ path: `${folder}/ten/out/resume.safetensors`, task: "train/ten" }];
  const parts = { ...runOf("parts", sliceOf(60)), earlier };
  const killed = await runStage(parts, (message, kill) => {
    if (message.type === "progress" && (message.progress.figures?.["epoch"] ?? 0) > 12) kill();
  });
  assert(killed.code !== 0 && killed.messages.at(-1)?.type !== "done");
  const result = await runStage(parts);
  assertDone(result);
  const notes = result.messages.flatMap((m) => (m.type === "note" ? [m.message] : []));
  const resumed = notes.flatMap((note) => /^Resumes after epoch (\d+)/.exec(note)?.[1] ?? []).map(Number);
  assert(resumed.length === 1 && resumed[0]! >= 12, notes.join());
  assertEquals(outputs(`${folder}/parts`), outputs(`${folder}/whole`));
});

inFolder("train ends where patience does, says so, and keeps the best and the last state", async (folder) => {
  const runOf = await prepare(folder);
  const optim = { ...SGD, model: { ...SGD.model, lr: 0.5 } }; // so that the loss soon rises
  const sliceOf = (epochs: number, more: object = {}) => ({
    ...TRAIN_SLICE,
    optim,
    trainer: { ...TRAIN_SLICE.trainer, epochs, ...more },
  });
  const result = await runStage(runOf("a", sliceOf(60, { patience: 3 })));
  assertDone(result);
  const history = parseHistory(Deno.readTextFileSync(`${folder}/a/out/history.json`), "history.json");
  const ended = history.epochs.length;
  assertEquals([history.bestEpoch, history.stopped], [ended - 3, { by: "patience", wantedEpochs: 60 }]);
  assert(ended > 3 && ended < 60, `${ended}`);
  const epochOf = (name: string) =>
    parseCheckpoint(readTensors(`${folder}/a/out/${name}`).metadata, name)!.epoch;
  assertEquals([epochOf("best.safetensors"), epochOf("last.safetensors")], [ended - 3, ended]);
  const told =
    `Stopped after epoch ${ended} of 60, as the last 3 epochs brought no better state (trainer.patience)`;
  assert(result.messages.some((m) => m.type === "note" && m.level === "info" && m.message === told));
  // More patience goes on from there, as if there never had been less.
  const more = sliceOf(ended + 2, { patience: 50 });
  assertDone(await runStage(runOf("whole", more)));
  const earlier = [{ path: `${folder}/a/out/resume.safetensors`, task: "train/a" }];
  const going = await runStage({ ...runOf("more", more), earlier });
  assertDone(going);
  assert(
    going.messages.some((m) => m.type === "note" && m.message.startsWith(`Goes on after epoch ${ended},`)),
  );
  assertEquals(outputs(`${folder}/more`), outputs(`${folder}/whole`));
});

inFolder("train ends when its minutes are over, and says that another machine may not", async (folder) => {
  const runOf = await prepare(folder);
  const sliceOf = (minutes: number | null, epochs: number) => ({
    ...TRAIN_SLICE,
    trainer: { ...TRAIN_SLICE.trainer, epochs, minutes },
  });
  const historyIn = (name: string) =>
    parseHistory(Deno.readTextFileSync(`${folder}/${name}/out/history.json`), "history.json");
  // Over before the first epoch is: one is trained in any case.
  const result = await runStage(runOf("a", sliceOf(1e-9, 60)));
  assertDone(result);
  const { epochs, stopped, minutes } = historyIn("a");
  assertEquals([epochs.length, stopped, minutes], [1, { by: "minutes", wantedEpochs: 60 }, 1e-9]);
  const warned =
    "Stopped after epoch 1 of 60, as its 1e-9 minutes were over (trainer.minutes): another machine,";
  assert(
    result.messages.some((m) => m.type === "note" && m.level === "warning" && m.message.startsWith(warned)),
  );
  // The states are those of any training of as many epochs.
  assertDone(await runStage(runOf("one", sliceOf(null, 1))));
  assertEquals(outputs(`${folder}/a`).slice(0, 2), outputs(`${folder}/one`).slice(0, 2));
  // An attempt that ended before its outputs does not train on.
  const again = await runStage(runOf("a", sliceOf(1e-9, 60)));
  assertDone(again);
  assertEquals(historyIn("a").epochs.length, 1);
  // More time goes on with the time that was taken.
  const earlier = [{ path: `${folder}/a/out/resume.safetensors`, task: "train/a" }];
  const more = await runStage({ ...runOf("more", sliceOf(60, 3)), earlier });
  assertDone(more);
  assert(more.messages.some((m) => m.type === "note" && m.message.startsWith("Goes on after epoch 1,")));
  assertEquals([historyIn("more").epochs.length, historyIn("more").stopped], [3, undefined]);
  assertDone(await runStage(runOf("three", sliceOf(null, 3))));
  assertEquals(outputs(`${folder}/more`).slice(0, 2), outputs(`${folder}/three`).slice(0, 2));
});

inFolder(
  "train starts over, with a warning, when what an earlier attempt left is damaged",
  async (folder) => {
    const runOf = await prepare(folder);
    assertDone(await runStage(runOf("a")));
    const whole = outputs(`${folder}/a`);
    Deno.truncateSync(`${folder}/a/partial/resume.safetensors`, 100);
    const result = await runStage(runOf("a"));
    assertDone(result);
    assert(result.messages.some((m) => m.type === "note" && m.level === "warning"));
    assertEquals(outputs(`${folder}/a`), whole);
  },
);

inFolder(
  "train moves the front-end only where it is trained, and keeps the Mel weights in [0, 1]",
  async (folder) => {
    const runOf = await prepare(folder, writeWaveforms);
    const initial = (name: string) => readTensors(`${folder}/${name}/out/last.safetensors`).tensors;
    const sliceOf = async (trained: readonly string[], lr: number) => ({
      ...TRAIN_SLICE,
      frontend: await frontendOf(trained),
      trainer: { ...TRAIN_SLICE.trainer, epochs: 1 },
      optim: { ...SGD, stft: { ...SGD.stft, lr }, mel: { ...SGD.mel, lr } },
    });
    const runs = [["still", ["stft", "mel"], 0], ["c", ["stft"], 1e-4], [
      "d",
      ["stft", "mel"],
      1e-4,
    ]] as const;
    for (const [name, trained, lr] of runs) {
      assertDone(await runStage(runOf(name, await sliceOf(trained, lr))));
    }
    const [still, c, d] = [initial("still"), initial("c"), initial("d")];
    for (const kernel of ["mel_layer.stft.wcos", "mel_layer.stft.wsin"]) {
      assertNotEquals(c.get(kernel), still.get(kernel));
      assertNotEquals(d.get(kernel), still.get(kernel));
    }
    assertEquals(c.get("mel_layer.mel_basis"), still.get("mel_layer.mel_basis"));
    assertNotEquals(d.get("mel_layer.mel_basis"), still.get("mel_layer.mel_basis"));
    assert(
      [...d.get("mel_layer.mel_basis")!.data].every((weight) => Number(weight) >= 0 && Number(weight) <= 1),
    );
  },
);

inFolder("train fails with a reason and advice when the loss is not finite", async (folder) => {
  const optim = { ...TRAIN_SLICE.optim, model: { lr: 1e30, weight_decay: 1, clip_norm: null } };
  const result = await runStage((await prepare(folder))("a", { ...TRAIN_SLICE, optim }));
  assertEquals([result.code, failureOf(result).reason], [1, "loss-not-finite"]);
  assertStringIncludes(failureOf(result).message, "in epoch 1 after step");
  assertStringIncludes(failureOf(result).message, "Lower optim.model.lr");
  assert(!/filters|kernels|stft|mel/i.test(failureOf(result).message), "only what is trained is named");
});

inFolder("train refuses an empty split, and features that its front-end does not take", async (folder) => {
  const runOf = await prepare(folder, writeLogmel, 0);
  assertEquals(failureOf(await runStage(runOf("a"))).reason, "bad-dataset");
  const slice = { ...TRAIN_SLICE, frontend: await frontendOf(["stft"]) };
  const failure = failureOf(await runStage(runOf("b", slice)));
  assertEquals(failure.reason, "bad-file");
  assertStringIncludes(failure.message, "made by other steps than the network's");
});
