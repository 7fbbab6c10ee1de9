import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { decodeTensors, encodeTensors, type StoredTensor } from "../../../lib/formats/safetensors.ts";
import type { TensorSpec } from "../../../lib/nn/types.ts";
import {
  snapshotFrom,
  type SnapshotLayout,
  snapshotTensors,
  stateFrom,
  stateTensors,
} from "../../../lib/train/checkpoint.ts";
import type { Snapshot } from "../../../lib/train/snapshot.ts";

function spec(name: string, shape: number[], trainable: boolean): TensorSpec {
  return { name, shape, role: "parameter", group: "model", trainable, init: () => new Float32Array(0) };
}

const SPECS = [spec("a.weight", [2, 2], true), spec("b", [1], false)];
const STATE = new Map([["a.weight", Float32Array.of(0.1, -2, 3e-39, 4)], ["b", Float32Array.of(5)]]);
const RECORD = {
  epoch: 1,
  steps: 3,
  lr: { stft: 1e-3, mel: 1e-8, model: 0.1 },
  loss: 1 / 3,
  accuracy: 0.1 + 0.2,
  validationLoss: Math.PI,
  validationAccuracy: 0,
};
const SNAPSHOT: Snapshot = {
  epoch: 1,
  steps: 3,
  horizon: 9,
  average: {
    updates: 2,
    state: new Map([["a.weight", Float32Array.of(1, 2, 3, 0.1)], ["b", Float32Array.of(7)]]),
  },
  state: STATE,
  optimizer: new Map([["step", Float32Array.of(3)], ["exp_avg/a.weight", Float32Array.of(1, 2, 3, 4)]]),
  best: {
    epoch: 1,
    validationLoss: Math.PI,
    score: -0.1,
    state: new Map([["a.weight", new Float32Array(4)], ["b", Float32Array.of(6)]]),
  },
  history: [RECORD],
};

const LAYOUT: SnapshotLayout = {
  network: SPECS,
  optimizer: new Map([["step", { shape: [] }], ["exp_avg/a.weight", { shape: [2, 2] }]]),
};
const WITHOUT_OPTIMIZER: SnapshotLayout = { network: SPECS, optimizer: new Map() };

function reread(snapshot: Snapshot, layout = LAYOUT): Snapshot {
  const { tensors, metadata } = snapshotTensors(layout, snapshot);
  return snapshotFrom(layout, decodeTensors(encodeTensors(tensors, metadata), "x"), "x");
}

Deno.test("snapshotFrom() gives back every bit of a snapshot that went through a file", () => {
  assertEquals(reread(SNAPSHOT), SNAPSHOT);
  const bare: Snapshot = { ...SNAPSHOT, best: null, average: null, optimizer: new Map() };
  assertEquals(reread(bare, WITHOUT_OPTIMIZER), bare);
});

Deno.test("stateFrom() reads float64 and passes over PyTorch's batch counters", () => {
  const tensors = new Map<string, StoredTensor>([
    ["a.weight", { shape: [2, 2], data: Float64Array.of(0.1, 1, 2, 3) }],
    ["b", { shape: [1], data: Float32Array.of(1) }],
    ["bn.num_batches_tracked", { shape: [], data: BigInt64Array.of(7n) }],
  ]);
  const state = stateFrom(SPECS, { tensors, metadata: {} }, "x");
  assertEquals([...state.keys()], ["a.weight", "b"]);
  assertEquals(state.get("a.weight"), Float32Array.of(0.1, 1, 2, 3));
});

Deno.test("stateFrom() names the tensor that is missing, unknown, or of another shape or type", () => {
  const good = stateTensors(SPECS, STATE);
  const cases: [string, StoredTensor | null, string][] = [
    ["b", null, "no tensor b, wanted one of shape [1]"],
    ["c", { shape: [1], data: new Float32Array(1) }, "unknown tensors c, wanted a.weight, b"],
    ["a.weight", { shape: [4], data: new Float32Array(4) }, "a.weight of shape [4], wanted [2,2]"],
    ["b", { shape: [1], data: new Int32Array(1) }, "b of whole numbers, wanted floats"],
  ];
  for (const [name, tensor, found] of cases) {
    const tensors = new Map<string, StoredTensor>(good);
    if (tensor === null) tensors.delete(name);
    else tensors.set(name, tensor);
    const error = assertThrows(() => stateFrom(SPECS, { tensors, metadata: {} }, "some/file"), UserError);
    assertStringIncludes(error.message, `Cannot load some/file: found ${found}`);
  }
});

Deno.test("stateFrom() names a value that no training leaves", () => {
  const tensors = new Map<string, StoredTensor>(stateTensors(SPECS, STATE));
  tensors.set("b", { shape: [1], data: Float32Array.of(-Infinity) });
  const found = "Cannot load x: b: value 0 is -Infinity, wanted finite numbers.";
  assertThrows(() => stateFrom(SPECS, { tensors, metadata: {} }, "x"), UserError, found);
});

Deno.test("snapshotFrom() refuses a file that is a plain checkpoint", () => {
  const content = { tensors: stateTensors(SPECS, STATE), metadata: {} };
  assertThrows(() => snapshotFrom(LAYOUT, content, "x"), UserError, "no snapshot");
});

Deno.test("snapshotFrom() refuses a snapshot of another optimizer", () => {
  const content = snapshotTensors(LAYOUT, SNAPSHOT);
  assertThrows(() => snapshotFrom(WITHOUT_OPTIMIZER, content, "x"), UserError, "unknown tensors step");
  const other = { ...LAYOUT, optimizer: new Map([...LAYOUT.optimizer, ["a.weight", { shape: [2, 2] }]]) };
  assertThrows(() => snapshotFrom(other, content, "x"), UserError, "no tensor a.weight");
});
