/** The one schema of the configuration. Every key is required after composition: defaults live in `conf/`. */
import { z } from "zod";

const positive = z.number().positive();
const percent = z.number().min(0).max(100);
const wordList = z.array(z.string().regex(/^[a-z0-9_-]+$/i, "wanted words of letters, digits, _ and -"))
  .nonempty();

const recordings = {
  targets: wordList,
  bad_files: z.enum(["error", "skip"]),
  sample_rate: z.int().min(8000).max(48000),
  clip_samples: z.int().min(480).max(480000),
};

const labelling = {
  ...recordings,
  unknown: z.number().min(0).max(1000),
  silence: z.number().min(0).max(10),
  split: z.strictObject({
    rule: z.enum(["auto", "lists", "hash", "ranked"]),
    validation_percent: percent,
    testing_percent: percent,
    salt: z.string(),
  }),
};

const dataset = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("spoken_mini"),
    seed: z.int().min(0),
    words: z.array(z.string().regex(/^[a-z]+$/, "wanted words of the letters a to z")).nonempty().nullable(),
    clips_per_word: z.int().min(3).max(10000),
    voices: z.int().min(3).max(1000),
    noise_seconds: z.number().min(3).max(600),
    ...labelling,
  }),
  z.strictObject({ kind: z.literal("folder"), root: z.string().min(1).nullable(), ...labelling }),
  z.strictObject({
    kind: z.literal("speech_commands"),
    root: z.string().min(1).nullable(),
    test_root: z.string().min(1).nullable(),
    mirror: z.url({
      protocol: /^(https?|file)$/,
      error: "wanted a URL that begins with https://, http:// or file://",
    })
      .nullable(),
    ...recordings,
  }),
]);

const corpus = {
  output: z.enum(["phone", "character", "word"]),
  bad_files: z.enum(["error", "skip"]),
  sample_rate: z.int().min(8000).max(48000),
};

const timitLayout = {
  include_sa: z.boolean(),
  split: z.strictObject({
    train: positive,
    validation: positive,
    by: z.enum(["utterance", "speaker"]),
    seed: z.int().min(0),
  }),
  test: z.enum(["full", "core"]),
  ...corpus,
};

const folderName = z.string().regex(
  /^(?!\/)(?!.*\.\.)[^\\]+$/,
  "wanted the name of a folder or file below dataset.root",
);

const asrDataset = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("spoken_sentences"),
    seed: z.int().min(0),
    voices: z.int().min(3).max(1000),
    sentences_per_voice: z.int().min(1).max(100),
    ...timitLayout,
  }),
  z.strictObject({ kind: z.literal("timit"), root: z.string().min(1).nullable(), ...timitLayout }),
  z.strictObject({
    kind: z.literal("kaldi"),
    root: z.string().min(1).nullable(),
    train: folderName,
    validation: folderName.nullable(),
    test: folderName,
    validation_percent: z.number().min(1).max(90),
    transcript: folderName,
    phone_map: z.string().min(1).nullable(),
    phones: z.enum(["timit", "map"]),
    ...corpus,
  }),
]);

const spectrogram = {
  n_fft: z.int().min(16).max(4096),
  hop_samples: z.int().min(1).max(4096),
  n_mels: z.int().min(1).max(128),
  f_min_hz: z.number().min(0),
  f_max_hz: positive,
  power_epsilon: z.union([z.literal("original"), z.number().min(0).max(1)]),
  power: z.union([z.literal(1), z.literal(2)]),
  mask: z.strictObject({ start: z.int().min(0), end: z.int().min(1) }).nullable(),
  normalise: z.enum(["none", "batch", "clip_mean"]),
};

const frontend = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("nnaudio"), ...spectrogram, random_mel: z.boolean() }),
  z.strictObject({
    kind: z.literal("fastaudio"),
    ...spectrogram,
    filter: z.enum(["triangular", "gaussian", "rectangular"]),
    amin: positive,
    ref_value: positive,
    top_db: positive.nullable(),
    sort: z.boolean(),
    param_change_factor: positive,
    param_rand_factor: z.number().min(0).lt(1),
    compat: z.strictObject({
      top_db: z.enum(["clip", "batch"]),
      band_limits: z.enum(["scaled", "original"]),
    }),
  }),
]);

const model = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("linear") }),
  z.strictObject({
    kind: z.literal("bc_resnet"),
    dropout: z.strictObject({ transition: z.number().min(0).lt(1), broadcasted: z.number().min(0).lt(1) }),
  }),
]);

const parameterGroup = z.strictObject({
  lr: z.number().min(0).nullable(),
  weight_decay: z.number().min(0),
  clip_norm: positive.nullable(),
});

const optimizing = {
  schedule: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("constant") }),
    z.strictObject({
      kind: z.literal("cosine_restarts"),
      first_cycle_steps: z.int().min(1),
      cycle_mult: z.number().min(1),
      max_lr: positive,
      min_lr: z.number().min(0),
      warmup_steps: z.int().min(0),
      gamma: z.number().min(0).max(1),
    }),
  ]),
  model: parameterGroup,
  stft: parameterGroup,
  mel: parameterGroup,
};

const kept = z.number().min(0).lt(1);

const optim = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sgd"), momentum: kept, ...optimizing }),
  z.strictObject({ kind: z.literal("adam"), betas: z.tuple([kept, kept]), eps: positive, ...optimizing }),
]);

const trainer = z.strictObject({
  epochs: z.int().min(1).max(100000),
  batch_size: z.int().min(1).max(10000),
  sampler: z.enum(["shuffle", "balanced", "paper"]),
  clips_per_epoch: z.int().min(1).nullable(),
});

export const SETTINGS = ["A", "B", "C", "D"] as const;

const shared = {
  setting: z.enum(SETTINGS),
  seed: z.int().min(0),
  init_from: z.string().min(1).nullable(),
  frontend,
  model,
  optim,
  backend: z.strictObject({ kind: z.enum(["auto", "webgpu", "wasm", "cpu"]), fast: z.boolean() }),
};

const kwsSchema = z.strictObject({ task: z.literal("kws"), ...shared, dataset, trainer });

const asrSchema = z.strictObject({
  task: z.literal("asr"),
  ...shared,
  dataset: asrDataset,
  trainer: z.strictObject({ ...trainer.shape, sampler: z.enum(["shuffle", "lengths"]) }),
  decoder: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("greedy") }),
    z.strictObject({ kind: z.literal("beam"), width: z.int().min(1).max(1000) }),
  ]),
});

/** What can be run: `conf/<task>.yaml` has its defaults. */
export const TASKS = ["kws", "asr"] as const;
export type TaskName = typeof TASKS[number];

/** The schema of each task's configuration. */
export const SCHEMAS = { kws: kwsSchema, asr: asrSchema } as const;

/** One run's configuration: composed, checked, frozen. */
export type KwsConfig = z.infer<typeof kwsSchema>;
export type AsrConfig = z.infer<typeof asrSchema>;
export type RunConfig = KwsConfig | AsrConfig;
export type DatasetConfig = KwsConfig["dataset"];
export type AsrDatasetConfig = AsrConfig["dataset"];
export type FrontendConfig = KwsConfig["frontend"];
export type ModelConfig = KwsConfig["model"];
