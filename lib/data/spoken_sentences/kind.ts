/** Sentences synthesised on this machine by many voices, in TIMIT's layout. */
import { z } from "zod";
import type { DataKind } from "../contract.ts";
import { timitShape } from "../timit_layout/schema.ts";
import { outputOf, outputVariant, trainingReference } from "../utterances/schema.ts";
import { spokenSentencesShape } from "./schema.ts";

const schema = z.strictObject({
  kind: z.literal("spoken_sentences"),
  ...spokenSentencesShape,
  ...timitShape,
});

type Config = z.output<typeof schema>;

export const kind: DataKind<Config> = {
  schema,
  task: "asr",
  builtIn: true,
  name: () => "spoken_sentences",
  variant: ({ output }) => outputVariant(output),
  check: () => [],
  clipSamples: () => null,
  recordings: ({ seed, voices, sentences_per_voice, sample_rate }) => ({
    audio: { from: "maker", settings: { seed, voices, sentences_per_voice, sample_rate } },
  }),
  references: ({ output }, split, evaluated) => trainingReference(output, split, evaluated),
  indexSettings: ({ include_sa, split, test, output, bad_files, sample_rate }, evaluated) => ({
    include_sa,
    split,
    test,
    output,
    bad_files,
    sample_rate,
    evaluated,
  }),
  withClasses: (config, classes) => ({ ...config, output: outputOf(classes) }),
  examples: ({ voices, sentences_per_voice }) => voices * sentences_per_voice,
  indexer: () => import("../timit_layout/indexer_io.ts"),
  maker: { packages: ["@echogarden/espeak-ng-emscripten"], load: () => import("./maker_io.ts") },
};
