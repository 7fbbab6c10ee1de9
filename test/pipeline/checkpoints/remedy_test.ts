import { assertEquals } from "@std/assert";
import { misfitRemedy } from "../../../pipeline/checkpoints/remedy.ts";
import type { ImportedState } from "../../../lib/train/import_state.ts";

const FITTING: ImportedState = {
  values: new Map([["out.bias", new Float32Array(2)]]),
  initial: [],
  ignored: [],
  misfits: ["one"],
  damage: [],
  missing: [],
  unknown: [],
  fixed: [],
};

Deno.test("misfitRemedy() says what to set, by what is wrong", () => {
  const mean = "mel_layer.norm.running_mean";
  const cases: [Partial<ImportedState>, string][] = [
    [
      { missing: [mean] },
      "It was trained without normalisation: set frontend.normalise=none.",
    ],
    [{ unknown: [mean] }, "It was trained with normalisation: set frontend.normalise=batch."],
    [
      { fixed: ["mel_layer.stft.wcos"], missing: ["c"] },
      "Set setting=D, or the parts in frontend.trained, to use the file's values.",
    ],
    // Normalisation alone does not tell where nothing fits.
    [
      { values: new Map(), misfits: ["missing", "unknown"], missing: [mean, "a"], unknown: ["b"] },
      "None of its tensors is one of this network: choose the model that it is of, or give its tensors the names of the " +
      "PyTorch modules.",
    ],
    [
      { missing: ["out.weight"] },
      "Choose frontend, model, frontend.n_mels and dataset.targets as they were when it was trained.",
    ],
  ];
  for (const [changes, remedy] of cases) assertEquals(misfitRemedy({ ...FITTING, ...changes }, []), remedy);
});

Deno.test("misfitRemedy() says what the file says of itself, before anything is guessed", () => {
  assertEquals(
    misfitRemedy({ ...FITTING, missing: ["mel_layer.norm.running_mean"] }, ["with model a, here it is b"]),
    "It was trained with model a, here it is b: choose these as they were there.",
  );
});
