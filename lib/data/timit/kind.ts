/** TIMIT (LDC93S1): a folder of the user's, with TRAIN and TEST in it or below it. */
import { z } from "zod";
import type { DataKind } from "../contract.ts";
import { corruptShape } from "../corruption/schema.ts";
import { EXCLUDE, excludeReference, excludeShape } from "../exclusion/schema.ts";
import { valuesOf } from "../settings.ts";
import { timitShape } from "../timit_layout/schema.ts";
import { outputOf, outputVariant, trainingReference } from "../utterances/schema.ts";

const schema = z.strictObject({
  kind: z.literal("timit"),
  /** As typed; null until it is given. */
  root: z.string().min(1).nullable(),
  ...timitShape,
  ...corruptShape,
  ...excludeShape,
});

type Config = z.output<typeof schema>;

export const kind: DataKind<Config> = {
  schema,
  task: "asr",
  builtIn: false,
  name: () => "timit",
  variant: ({ output }) => outputVariant(output),
  check: ({ root }) =>
    root !== null ? [] : [{
      path: ["root"],
      message: "wanted the path of the LDC's TIMIT folder, with TRAIN and TEST in it",
    }],
  paths: ["root", EXCLUDE],
  clipSamples: () => null,
  recordings: ({ root }) => ({ audio: { from: "user", path: root ?? "" } }),
  references: (config, split, evaluated) => ({
    ...trainingReference(config.output, split, evaluated),
    ...excludeReference(config),
  }),
  indexSettings: (config, evaluated) => ({ ...valuesOf(timitShape, config), evaluated }),
  withClasses: (config, classes) => ({ ...config, output: outputOf(classes) }),
  examples: () => null,
  indexer: () => import("../timit_layout/indexer_io.ts"),
};
