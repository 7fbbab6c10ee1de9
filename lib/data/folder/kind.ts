/** Any folder in Speech Commands' layout: `<root>/<word>/<speaker>_nohash_<take>.wav`, of any sample rate. */
import { z } from "zod";
import type { DataKind } from "../contract.ts";
import { corruptShape } from "../corruption/schema.ts";
import { EXCLUDE, excludeReference, excludeShape } from "../exclusion/schema.ts";
import { folderName } from "../folder_name.ts";
import { valuesOf } from "../settings.ts";
import { RUNNING_ROOT, runningReference, runningShape } from "../words_layout/running.ts";
import {
  backgroundOf,
  classesOf,
  divisionProblems,
  targetProblems,
  wordClasses,
  wordsShape,
} from "../words_layout/schema.ts";

const schema = z.strictObject({
  kind: z.literal("folder"),
  /** As typed; null until it is given. */
  root: z.string().min(1).nullable(),
  ...wordsShape,
  ...runningShape,
  ...corruptShape,
  ...excludeShape,
});

type Config = z.output<typeof schema>;

export const kind: DataKind<Config> = {
  schema,
  task: "kws",
  builtIn: false,
  name: ({ root }) => folderName(root ?? "") ?? "folder",
  variant: () => ({}),
  check: ({ root, targets, split }) => [
    ...(root !== null ? [] : [{
      path: ["root"],
      message: "wanted the path of a folder with one folder of recordings for each word",
    }]),
    ...divisionProblems(split),
    ...targetProblems(targets),
  ],
  paths: ["root", RUNNING_ROOT, EXCLUDE],
  clipSamples: ({ clip_samples }) => clip_samples,
  recordings: ({ root, running_root }, split) => ({
    audio: { from: "user", path: root ?? "" },
    ...runningReference(running_root, split),
  }),
  references: excludeReference,
  indexSettings: (config, evaluated) => ({ ...valuesOf(wordsShape, config), evaluated }),
  withClasses: (config, classes) => ({ ...config, ...wordClasses(config, classes) }),
  classes: classesOf,
  background: backgroundOf,
  streams: ({ targets }) => ({ words: targets, heard: [] }),
  examples: () => null,
  indexer: () => import("../words_layout/indexer_io.ts"),
};
