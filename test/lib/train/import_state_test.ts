import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { StoredTensor } from "../../../lib/formats/safetensors.ts";
import type { TensorSpec } from "../../../lib/nn/types.ts";
import { importState } from "../../../lib/train/import_state.ts";

const SPECS = [
  spec("mel_layer.mel_basis", [2], "mel", "parameter"),
  spec("mel_layer.norm.running_mean", [2], "mel", "buffer"),
  spec("out.weight", [2, 1], "model", "parameter"),
];
const PREFIX = [spec("mel_layer.stft.wcos", [3], "stft", "parameter")];

Deno.test("importState() takes what it knows, and tells what starts as ever and what it ignored", () => {
  const { values, initial, ignored } = importState(
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
  assertEquals([...values.keys()], ["mel_layer.norm.running_mean", "out.weight"]);
  assertEquals(values.get("out.weight"), Float32Array.of(0.1, 0.2));
  assertEquals(initial, ["mel_layer.mel_basis"]);
  assertEquals(ignored, ["mel_layer.stft.window_mask", "mel_layer.stft.wcos"]);
});

Deno.test("importState() refuses trained values of what is computed beforehand", () => {
  const trained = file({
    "out.weight": { shape: [2, 1], data: new Float32Array(2) },
    "mel_layer.norm.running_mean": { shape: [2], data: new Float32Array(2) },
    "mel_layer.stft.wcos": { shape: [3], data: Float32Array.of(1, 1, 1.001) },
  });
  assertStringIncludes(messageOf(trained), "mel_layer.stft.wcos: found trained values");
  assertStringIncludes(messageOf(trained), "Set setting=D");
});

Deno.test("importState() names every misfit and says what the normalisation should be", () => {
  const message = messageOf(file({
    "out.weight": { shape: [2], data: new Float32Array(2) },
    "mel_layer.mel_basis": { shape: [2], data: new Int32Array(2) },
    "a": { shape: [], data: new Float32Array(1) },
  }));
  for (
    const part of [
      "out.weight: found [2], wanted [2,1]",
      "mel_layer.mel_basis: found whole numbers, wanted F32 or F64",
      "missing: mel_layer.norm.running_mean [2]",
      "unknown: a []",
      "set frontend.normalise=none",
    ]
  ) assertStringIncludes(message, part);

  const without = SPECS.filter(({ role }) => role === "parameter");
  const error = assertThrows(
    () =>
      importState(
        without,
        [],
        file({ "mel_layer.norm.running_mean": { shape: [2], data: new Float32Array(2) } }),
        "x",
      ),
    UserError,
  );
  assertStringIncludes(error.message, "set frontend.normalise=batch");
});

function messageOf(content: ReturnType<typeof file>): string {
  const error = assertThrows(() => importState(SPECS, PREFIX, content, "x"), UserError);
  assertEquals(error.reason, "bad-file");
  return error.message;
}

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
