/** Kaldi data folders of the user's (kaldi-asr.org, "Data preparation"). */
import { z } from "zod";
import { TIMIT_PHONES } from "../../phones/timit.ts";
import type { DataKind } from "../contract.ts";
import { corruptShape } from "../corruption/schema.ts";
import { EXCLUDE, excludeReference, excludeShape } from "../exclusion/schema.ts";
import { folderName } from "../folder_name.ts";
import { valuesOf } from "../settings.ts";
import { BLANK_CLASS, outputOf, outputVariant, trainingReference } from "../utterances/schema.ts";
import { indexedShape, kaldiShape } from "./schema.ts";

const schema = z.strictObject({
  kind: z.literal("kaldi"),
  /** As typed; null until it is given. */
  root: z.string().min(1).nullable(),
  ...kaldiShape,
  ...corruptShape,
  ...excludeShape,
});

type Config = z.output<typeof schema>;

export const kind: DataKind<Config> = {
  schema,
  task: "asr",
  builtIn: false,
  name: ({ root }) => folderName(root ?? "") ?? "kaldi",
  variant: ({ output }) => outputVariant(output),
  check: ({ root }) =>
    root !== null ? [] : [{
      path: ["root"],
      message: "wanted the path of a folder with Kaldi data folders in it",
    }],
  paths: ["root", "phone_map", EXCLUDE],
  clipSamples: () => null,
  recordings: ({ root }) => ({ audio: { from: "user", path: root ?? "" } }),
  references: ({ output, phone_map, exclude }, split, evaluated) => ({
    ...trainingReference(output, split, evaluated),
    ...excludeReference({ exclude }),
    // Phones are renamed only where phones are recognised.
    ...(phone_map === null || output !== "phone" ? {} : { phone_map: { from: "user", path: phone_map } }),
  }),
  indexSettings: (config, evaluated) => ({ ...valuesOf(indexedShape, config), evaluated }),
  withClasses: (config, classes) => {
    const known = classes.every((name) => name === BLANK_CLASS || TIMIT_PHONES.includes(name));
    return { ...config, output: outputOf(classes), phones: known ? config.phones : "map" };
  },
  examples: () => null,
  indexer: () => import("./indexer_io.ts"),
};
