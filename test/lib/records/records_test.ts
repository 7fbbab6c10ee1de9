import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import {
  checkpointMetadata,
  type CheckpointRecord,
  parseCheckpoint,
} from "../../../lib/records/checkpoint.ts";
import { historyText, parseHistory } from "../../../lib/records/history.ts";
import { metricsText, parseMetrics } from "../../../lib/records/metrics.ts";
import { parsePredictions, predictionsText } from "../../../lib/records/predictions.ts";
import { parseProbe, type Probe, probeFile } from "../../../lib/records/probe.ts";
import { parseResults, resultsText } from "../../../lib/records/results.ts";

const CHECKPOINT: CheckpointRecord = {
  task: "kws",
  epoch: 3,
  classes: ["yes", "no"],
  frontend: {
    kind: "toy",
    sample_rate: 16000,
    trained: ["mel"],
    top_db: null,
    steps: [{ step: "mel", trained: true, n_mels: 40 }],
  },
  model: { kind: "bc_resnet", dropout: { per_block: 0.1 } },
  sampleRate: 16000,
  clipSamples: null,
  dataset: {
    kind: "toys",
    name: "toys",
    settings: { clips_per_word: 3, words: ["yes", "no"], split: { rule: "auto" } },
    untold: ["root"],
    examples: 12,
    examplesSha256: "0".repeat(64),
  },
};

Deno.test("a checkpoint's metadata come back as they were, what kinds said of themselves untouched", () => {
  const metadata = checkpointMetadata(CHECKPOINT);
  assertEquals(parseCheckpoint(metadata, "x"), CHECKPOINT);
  assertEquals([metadata["clip_samples"], metadata["task"]], ["null", '"kws"']);
  assertEquals(JSON.parse(metadata["frontend"]!).steps[0].n_mels, 40);
  assertEquals(JSON.parse(metadata["dataset"]!).examples_sha256.length, 64);
  const { dataset: _, ...silent } = CHECKPOINT;
  assertEquals(parseCheckpoint(checkpointMetadata(silent), "x"), silent);
});

Deno.test("a checkpoint keeps when it says a word, where that was chosen, and says nothing of it where it was not", () => {
  const operatingPoint = {
    hopSeconds: 0.1,
    smoothing: 3,
    threshold: 0.875,
    patience: 2,
    refractorySeconds: 0.5,
    chosenOn: { stream: "voices", hours: 0.5, words: 90, missed: 12, falseAlarms: 0, allowedPerHour: 1 },
  };
  const metadata = checkpointMetadata({ ...CHECKPOINT, operatingPoint });
  assertEquals(parseCheckpoint(metadata, "x"), { ...CHECKPOINT, operatingPoint });
  assertEquals(JSON.parse(metadata["operating_point"]!).chosen_on.false_alarms, 0);
  assertEquals("operating_point" in checkpointMetadata(CHECKPOINT), false);
  const wrong = { ...metadata, operating_point: metadata["operating_point"]!.replace("0.875", "1.5") };
  const error = assertThrows(() => parseCheckpoint(wrong, "/x/a.safetensors"), UserError);
  assertEquals(error.message.includes("operating_point.threshold"), true, error.message);
});

Deno.test("a checkpoint keeps words' own thresholds by their names, of words that it has", () => {
  const classes = ["_unknown_", "turn_left", "noOne"]; // names that files and code would write otherwise
  const operatingPoint = {
    hopSeconds: 0.1,
    smoothing: 3,
    threshold: 0.875,
    thresholds: { turn_left: 0.5, noOne: 1 },
    patience: 2,
    refractorySeconds: 0.5,
    chosenOn: { stream: "voices", hours: 0.5, words: 90, missed: 12, falseAlarms: 0, allowedPerHour: 1 },
  };
  const metadata = checkpointMetadata({ ...CHECKPOINT, classes, operatingPoint });
  assertEquals(parseCheckpoint(metadata, "x"), { ...CHECKPOINT, classes, operatingPoint });
  const text = metadata["operating_point"]!;
  assertEquals(JSON.parse(text).thresholds, { turn_left: 0.5, noOne: 1 });
  for (
    const [from, to, found] of [
      ['"turn_left":0.5', '"turn_left":0', "thresholds.turn_left"],
      ['"turn_left":0.5', '"turn_left":1.5', "thresholds.turn_left"],
      ['"turn_left":0.5', '"turn_left":"0.5"', "thresholds.turn_left"],
      ['"turn_left":0.5', '"turn_right":0.5', 'operating_point.thresholds: found "turn_right"'],
      ['"turn_left":0.5', '"_unknown_":0.5', 'operating_point.thresholds: found "_unknown_"'],
    ] as const
  ) {
    const wrong = { ...metadata, operating_point: text.replace(from, to) };
    const error = assertThrows(() => parseCheckpoint(wrong, "/x/a.safetensors"), UserError);
    assertEquals(error.message.includes(found), true, error.message);
  }
});

Deno.test("a checkpoint from elsewhere says nothing; one that says it is ours is read strictly", () => {
  assertEquals(parseCheckpoint({ format: "pt", classes: "of another kind", epoch: "7" }, "x"), null);
  const metadata = checkpointMetadata(CHECKPOINT);
  const changes = [
    { classes: "not JSON" },
    { epoch: "-1" },
    { checkpoint_format: "99" },
    { classes: '["yes","yes"]' },
    { sample_rate: "8000" }, // its front-end has another
    { dataset: "{}" },
  ];
  for (const change of changes) {
    const error = assertThrows(
      () => parseCheckpoint({ ...metadata, ...change }, "/x/a.safetensors"),
      UserError,
    );
    assertEquals(error.reason, "bad-file");
    assertEquals(error.message.includes(Object.keys(change)[0]!), true, error.message);
  }
});

Deno.test("records of results come back as they were, in snake_case between", () => {
  const told = [{ name: "a/1", labels: ["yes"], told: ["no"], posterior: 0.75 }];
  const measured = {
    task: "kws",
    example: "clip",
    examples: "clips",
    columns: [{ name: "accuracy", title: "accuracy", lowerIsBetter: false, as: "percent" as const }],
  };
  const checkpoint = {
    epoch: null,
    values: [null],
    score: { value: 0.5, low: 0.4, high: 0.6, method: "bootstrap" as const, speakers: 12, noises: 1 },
    confusion: { labels: ["yes", "no"], counts: [[1, 2], [3, 4]], nothing: false },
  };
  const metrics = {
    ...measured,
    split: "test" as const,
    condition: { snrDb: 20, gainDb: [-20, 0] as const, noise: "pink" as const, seed: 1 },
    classes: ["yes", "no"],
    count: 10,
    leftOut: [{ name: "b", frames: 2, needed: 3 }],
    trainedParameters: 5,
    told,
    tested: "best" as const,
    checkpoints: { best: checkpoint, last: checkpoint },
  };
  const text = metricsText(metrics);
  assertEquals(JSON.parse(text).columns[0].lower_is_better, false);
  const { format: _, ...read } = parseMetrics(text, "x");
  assertEquals(read, metrics);

  const configuration = {
    setting: "D",
    frontend: "nnaudio",
    model: "linear",
    bands: 40,
    other: { "frontend.top_db": 80 },
  };
  const gain = {
    ...{ value: 0.1, low: -0.1, high: 0.3, p: 0.2, pHolm: 0.4, paired: true, speakers: 12, noises: 1 },
    discordant: { gained: 3, lost: 2, p: 1 },
  };
  const results = {
    ...measured,
    title: "T",
    interval: "95 % bootstrap intervals over the 12 speakers of the test split",
    comparedBy: "accuracy",
    guessing: null,
    data: [{
      name: "spoken_mini",
      synthetic: true,
      splits: [{
        split: "test" as const,
        examples: 10,
        speakers: null,
        noises: null,
        seconds: 10,
        excluded: 0,
      }],
    }],
    made: { date: "2026-01-02", command: "deno task kws", deno: ["2.9.6"], code: ["0123abcd"] },
    conditions: [metrics.condition],
    rows: [{
      run: "a",
      ...configuration,
      seed: 0,
      trainedParameters: 5,
      tested: 10,
      leftOut: 1,
      trainSeconds: 2.5,
      best: { epoch: 1, values: [0.5] },
      last: { epoch: 2, values: [null] },
      score: checkpoint.score,
      state: "last" as const,
      lastScore: 0.25,
      gainOverA: null,
      conditions: [{ score: checkpoint.score, gainOverA: gain }],
    }],
    missing: [{ run: "b", reason: "Cannot train." }],
    summary: [{
      ...configuration,
      seeds: [0, 1],
      score: { mean: 0.5, std: null, n: 1 },
      interval: { value: 0.5, low: 0.4, high: 0.6 },
      lastScore: { mean: 0.5, std: null, n: 1 },
      gain,
      values: [null],
      gainOverA: null,
      conditions: [null],
    }],
    told: { run: "a", examples: told },
  };
  const { format: __, ...compared } = parseResults(resultsText(results), "x");
  assertEquals(compared, results);
  assertEquals(JSON.parse(resultsText(results)).rows[0].other, { "frontend.top_db": 80 });

  const example = {
    ...told[0]!,
    posteriors: [0.25, 0.75],
    loss: 1.386294,
    speaker: null,
    seconds: 1,
    score: 0,
    of: 1,
  };
  const { condition, classes } = metrics;
  const predictions = { task: "kws", split: "test" as const, condition, classes, examples: [example] };
  const { format: ___, ...known } = parsePredictions(predictionsText(predictions), "x");
  assertEquals(known, predictions);
});

Deno.test("a history without an epoch, or with a loss that is no number, is refused", () => {
  const epoch = {
    epoch: 1,
    steps: 10,
    lr: { model: 0.1, stft_kernels: 0 },
    loss: 1,
    accuracy: 0.5,
    validationLoss: 2,
    validationAccuracy: 0.25,
  };
  const text = historyText({ bestEpoch: 1, epochs: [epoch] });
  assertEquals(parseHistory(text, "x").epochs, [epoch]);
  assertThrows(() => parseHistory(historyText({ bestEpoch: 1, epochs: [] }), "x"), UserError, "epochs");
  assertThrows(
    () => parseHistory(text.replace('"loss": 1', '"loss": null'), "x"),
    UserError,
    "epochs.0.loss",
  );
  assertThrows(() => parseHistory("{", "/x/history.json"), UserError, "/x/history.json");
});

Deno.test("a probe's views and clips come back as they were, whatever their type", () => {
  const line = (...values: number[]) => Float32Array.from(values);
  const filters = (scale: number) => ({
    type: "filters" as const,
    bands: 2,
    binsHz: line(0, 100),
    weights: line(0, scale, scale, 0),
    centresHz: line(100, 200),
    widthsHz: line(50, NaN),
  });
  const kernels = {
    type: "kernels" as const,
    samples: 2,
    sampleRate: 8000,
    wcos: line(1, 1),
    wsin: line(0, 0),
    binsHz: line(0),
  };
  const values = (name: string) => ({ type: "values" as const, name, unit: "s", values: line(1, 2) });
  const probe: Probe = {
    views: [
      { step: "1-stft", initial: kernels, learned: kernels },
      { step: "2-mel", initial: filters(1), learned: filters(2) },
      { step: "3-pcen", initial: values("gain"), learned: values("gain") },
      { step: "3-pcen", initial: values("delay"), learned: values("delay") },
    ],
    clips: [{ name: "a", labels: ["yes"], shape: [1, 2], initial: line(1, 2), learned: line(3, 4) }],
    representation: {
      name: "logmel",
      axes: [{ name: "band", size: 1 }, { name: "time", size: null }],
      unit: "ln of energy",
      range: { below: 12 },
    },
    secondsPerFrame: 0.01,
  };
  const { tensors, metadata } = probeFile(probe);
  assertEquals(tensors.has("3-pcen/delay/learned/values"), true);
  assertEquals(parseProbe({ tensors, metadata }, "x"), probe);
  const rest = new Map([...tensors].filter(([name]) => name !== "2-mel/filters/learned/weights"));
  assertThrows(
    () => parseProbe({ tensors: rest, metadata }, "/x/probe"),
    UserError,
    "2-mel/filters/learned/weights",
  );
  assertThrows(() => parseProbe({ tensors, metadata: {} }, "/x/probe"), UserError, "/x/probe");
});
