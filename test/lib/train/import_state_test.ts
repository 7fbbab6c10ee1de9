import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../lib/base/errors.ts";
import { Rng } from "../../../lib/base/random.ts";
import type { StoredTensor } from "../../../lib/formats/safetensors.ts";
import type { TensorSpec } from "../../../lib/nn/types.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { assignImported, importState } from "../../../lib/train/import_state.ts";
import { copyValues } from "../../../lib/train/snapshot.ts";

const SPECS = [
  spec("mel_layer.mel_basis", [2], "mel", "parameter"),
  spec("mel_layer.norm.running_mean", [2], "mel", "buffer"),
  spec("out.weight", [2, 1], "model", "parameter"),
];
const PREFIX = [spec("mel_layer.stft.wcos", [3], "stft", "parameter")];

Deno.test("importState() takes what it knows, and tells what starts as ever and what it ignored", () => {
  const { values, initial, ignored, misfits } = importState(
    SPECS,
    PREFIX,
    file({
      "out.weight": { shape: [2, 1], data: Float64Array.of(0.1, 0.2) },
      "mel_layer.norm.running_mean": { shape: [2], data: Float32Array.of(3, 4) },
      "mel_layer.stft.wcos": { shape: [3], data: Float32Array.of(1, 1, 1 + 2e-7) },
      "mel_layer.stft.window_mask": { shape: [1], data: Float32Array.of(9) },
    }),
    "x",
  );
  assertEquals(misfits, []);
  assertEquals([...values.keys()], ["mel_layer.norm.running_mean", "out.weight"]);
  assertEquals(values.get("out.weight"), Float32Array.of(0.1, 0.2));
  assertEquals(initial, ["mel_layer.mel_basis"]);
  assertEquals(ignored, ["mel_layer.stft.window_mask", "mel_layer.stft.wcos"]);
});

Deno.test("importState() has no use for trained values of what is computed beforehand", () => {
  const { misfits, fixed } = importState(
    SPECS,
    PREFIX,
    file({
      "out.weight": { shape: [2, 1], data: new Float32Array(2) },
      "mel_layer.norm.running_mean": { shape: [2], data: new Float32Array(2) },
      "mel_layer.stft.wcos": { shape: [3], data: Float32Array.of(1, 1, 1.001) },
    }),
    "x",
  );
  assertEquals(misfits, [
    "mel_layer.stft.wcos: found trained values, but this setting computes it beforehand",
  ]);
  assertEquals(fixed, ["mel_layer.stft.wcos"]);
});

Deno.test("importState() names every misfit, and apart those that are missing or not known", () => {
  const { misfits, missing, unknown, fixed } = importState(
    SPECS,
    PREFIX,
    file({
      "out.weight": { shape: [2], data: new Float32Array(2) },
      "mel_layer.mel_basis": { shape: [2], data: new Int32Array(2) },
      "a": { shape: [], data: new Float32Array(1) },
      "norm.num_batches_tracked": { shape: [], data: BigInt64Array.of(7n) },
    }),
    "x",
  );
  assertEquals(misfits, [
    "mel_layer.mel_basis: found whole numbers, wanted floats",
    "out.weight: found [2], wanted [2,1]",
    "missing: mel_layer.norm.running_mean [2]",
    "unknown: a []",
  ]);
  assertEquals([missing, unknown, fixed], [["mel_layer.norm.running_mean"], ["a"], []]);
});

Deno.test("importState() takes tensors out of what they were wrapped in or stored under", () => {
  const weight = Float32Array.of(1, 2);
  const mean = Float32Array.of(3, 4);
  const wrapped: Record<string, StoredTensor>[] = [
    {
      "module.out.weight": { shape: [2, 1], data: weight },
      "module.mel_layer.norm.running_mean": { shape: [2], data: mean },
    },
    {
      "state_dict.model._orig_mod.out.weight": { shape: [2, 1], data: weight },
      "state_dict.model._orig_mod.mel_layer.norm.running_mean": { shape: [2], data: mean },
    },
    {
      "out.weight": { shape: [2, 1], data: weight },
      "mel_layer._orig_mod.norm.running_mean": { shape: [2], data: mean },
    },
  ];
  for (const tensors of wrapped) {
    const { values, misfits } = importState(SPECS, PREFIX, file(tensors), "x");
    assertEquals([values.get("out.weight"), values.get("mel_layer.norm.running_mean"), misfits], [
      weight,
      mean,
      [],
    ]);
  }
  const averaged = file({
    "model.out.weight": { shape: [2, 1], data: weight },
    "module.out.weight": { shape: [2, 1], data: weight },
  });
  assertThrows(
    () => importState(SPECS, PREFIX, averaged, "x"),
    UserError,
    "Cannot load x: found out.weight twice, as model.out.weight and as module.out.weight",
  );
});

Deno.test("importState() names the tensor and the value that no training ends in", () => {
  const specs = [
    spec("norm.running_var", [2], "mel", "buffer"),
    spec("out.weight", [2], "model", "parameter"),
  ];
  const damageOf = (variances: number[], weights: StoredTensor["data"]) =>
    importState(
      specs,
      [],
      file({
        "norm.running_var": { shape: [2], data: Float32Array.from(variances) },
        "out.weight": { shape: [2], data: weights },
      }),
      "x",
    ).damage;
  const fine = Float32Array.of(1, -2);
  assertEquals(damageOf([0, 1], fine), []); // a masked band
  assertEquals(damageOf([0, 0], fine), [
    "norm.running_var: all values are 0, wanted variances of a training",
  ]);
  assertEquals(damageOf([1, -0.5], fine), [
    "norm.running_var: value 1 is -0.5, wanted a variance of at least 0",
  ]);
  assertEquals(damageOf([1, 1], Float32Array.of(0, NaN)), [
    "out.weight: value 1 is NaN, wanted finite numbers",
  ]);
  // Too large for float32.
  assertEquals(damageOf([1, Infinity], Float64Array.of(-1e39, 0)), [
    "norm.running_var: value 1 is Infinity, wanted finite numbers",
    "out.weight: value 0 is -Infinity, wanted finite numbers",
  ]);
});

Deno.test("assignImported() keeps what the file lacks as it is", async () => {
  await tf.setBackend("cpu");
  const state = createState({ specs: SPECS }, Rng.fromSeed(0));
  const { tensors } = file({
    "out.weight": { shape: [2, 1], data: Float32Array.of(5, 6) },
    "mel_layer.norm.running_mean": { shape: [2], data: Float32Array.of(3, 4) },
  });
  assignImported(state, importState(SPECS, [], { tensors, metadata: {} }, "x"));
  assertEquals(
    await copyValues(state),
    new Map([
      ["mel_layer.mel_basis", Float32Array.of(1, 1)],
      ["mel_layer.norm.running_mean", Float32Array.of(3, 4)],
      ["out.weight", Float32Array.of(5, 6)],
    ]),
  );
  disposeState(state);
});

function spec(
  name: string,
  shape: number[],
  group: TensorSpec["group"],
  role: TensorSpec["role"],
): TensorSpec {
  const size = shape.reduce((product, n) => product * n, 1);
  return { name, shape, role, group, trainable: false, init: () => new Float32Array(size).fill(1) };
}

function file(tensors: Record<string, StoredTensor>) {
  return { tensors: new Map(Object.entries(tensors)), metadata: {} };
}
