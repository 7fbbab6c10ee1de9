/** Sentences synthesised on this machine by many voices, in TIMIT's layout. */
import { z } from "zod";
import type { DataKind } from "../contract.ts";
import { corruptShape } from "../corruption/schema.ts";
import { EXCLUDE, excludeReference, excludeShape } from "../exclusion/schema.ts";
import { valuesOf } from "../settings.ts";
import { timitShape } from "../timit_layout/schema.ts";
import { outputOf, outputVariant, trainingReference } from "../utterances/schema.ts";
import { spokenSentencesSchema, spokenSentencesShape } from "./schema.ts";

const schema = z.strictObject({
  kind: z.literal("spoken_sentences"),
  ...spokenSentencesShape,
  ...timitShape,
  ...corruptShape,
  ...excludeShape,
});

type Config = z.output<typeof schema>;

export const kind: DataKind<Config> = {
  schema,
  task: "asr",
  builtIn: true,
  name: () => "spoken_sentences",
  variant: ({ output }) => outputVariant(output),
  check: () => [],
  paths: [EXCLUDE],
  clipSamples: () => null,
  recordings: (config) => ({
    audio: { from: "maker", settings: valuesOf(spokenSentencesSchema.shape, config) },
  }),
  references: (config, split, evaluated) => ({
    ...trainingReference(config.output, split, evaluated),
    ...excludeReference(config),
  }),
  indexSettings: (config, evaluated) => ({ ...valuesOf(timitShape, config), evaluated }),
  withClasses: (config, classes) => ({ ...config, output: outputOf(classes) }),
  examples: ({ voices, sentences_per_voice }) => voices * sentences_per_voice,
  indexer: () => import("../timit_layout/indexer_io.ts"),
  maker: { packages: ["@echogarden/espeak-ng-emscripten"], load: () => import("./maker_io.ts") },
};
