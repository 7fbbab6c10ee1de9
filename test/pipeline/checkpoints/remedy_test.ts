import { assertEquals } from "@std/assert";
import { misfitRemedy } from "../../../pipeline/checkpoints/remedy.ts";
import type { ImportedState } from "../../../lib/train/import_state.ts";

const FITTING: ImportedState = {
  values: new Map(),
  initial: [],
  ignored: [],
  misfits: [],
  missing: [],
  unknown: [],
  fixed: [],
};

Deno.test("misfitRemedy() says what to set, by what is wrong", () => {
  const mean = "mel_layer.norm.running_mean";
  const cases: [Partial<ImportedState>, string][] = [
    [
      { missing: [mean], unknown: ["a"] },
      "It was trained without normalisation: set frontend.normalise=none.",
    ],
    [{ unknown: [mean], fixed: ["b"] }, "It was trained with normalisation: set frontend.normalise=batch."],
    [{ fixed: ["mel_layer.stft.wcos"], missing: ["c"] }, "Set setting=D to use the file's values."],
    [
      { missing: ["out.weight"] },
      "Choose frontend, model, frontend.n_mels and dataset.targets as they were when it was trained.",
    ],
  ];
  for (const [changes, remedy] of cases) assertEquals(misfitRemedy({ ...FITTING, ...changes }), remedy);
});
