/** Speech Commands v0.02 as in the paper: the main archive for training and validation, the official test set. */
import { z } from "zod";
import type { DataKind, Origin } from "../contract.ts";
import { corruptShape } from "../corruption/schema.ts";
import { EXCLUDE, excludeReference, excludeShape } from "../exclusion/schema.ts";
import { valuesOf } from "../settings.ts";
import { RUNNING_ROOT, runningReference, runningShape } from "../words_layout/running.ts";
import { clipsShape, targetProblems, targetsAmong, withSilence } from "../words_layout/schema.ts";

const schema = z.strictObject({
  kind: z.literal("speech_commands"),
  /** Folders into which the archives were unpacked; null: they are downloaded. */
  root: z.string().min(1).nullable(),
  test_root: z.string().min(1).nullable(),
  /** A folder with the archives under their own names, asked first. */
  mirror: z.url({
    protocol: /^(https?|file)$/,
    error: "wanted a URL that begins with https://, http:// or file://",
  })
    .nullable(),
  ...clipsShape,
  ...runningShape,
  ...corruptShape,
  ...excludeShape,
});

type Config = z.output<typeof schema>;

/** Recordings of v0.02 and of its test set. */
const EXAMPLES = 100_000;

export const kind: DataKind<Config> = {
  schema,
  task: "kws",
  builtIn: false,
  name: () => "speech_commands",
  variant: () => ({}),
  check: ({ targets }) => targetProblems(targets),
  paths: ["root", "test_root", RUNNING_ROOT, EXCLUDE],
  routes: ["mirror"],
  clipSamples: ({ clip_samples }) => clip_samples,
  recordings: ({ root, test_root, mirror, running_root }, split) => ({
    audio: split === "test"
      ? originOf(test_root, "speech_commands_test_set_v0.02", mirror)
      : originOf(root, "speech_commands_v0.02", mirror),
    ...runningReference(running_root, split),
  }),
  references: excludeReference,
  indexSettings: (config, evaluated) => ({ ...valuesOf(clipsShape, config), evaluated }),
  withClasses: (config, classes) => ({ ...config, targets: targetsAmong(classes) }),
  background: (config, evaluated) => ({ config, evaluated: withSilence(evaluated) }),
  streams: ({ targets }) => ({ words: targets, heard: [] }),
  examples: () => EXAMPLES,
  indexer: () => import("./indexer_io.ts"),
};

function originOf(root: string | null, archive: string, mirror: string | null): Origin {
  return root === null ? { from: "archive", name: archive, mirror } : { from: "user", path: root };
}
