import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { TensorSpec } from "../../../lib/nn/types.ts";
import type { SnapshotLayout } from "../../../lib/train/checkpoint.ts";
import type { Snapshot } from "../../../lib/train/snapshot.ts";
import { openResume } from "../../../pipeline/checkpoints/resume_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { fakeIo } from "../stages/fake_io.ts";

const SPEC: TensorSpec = {
  name: "w",
  shape: [2],
  role: "parameter",
  group: "model",
  trainable: true,
  init: () => new Float32Array(2),
};
const LAYOUT: SnapshotLayout = { network: [SPEC], optimizer: new Map([["step", { shape: [] }]]) };
const SNAPSHOT: Snapshot = {
  epoch: 3,
  steps: 12,
  horizon: 4,
  average: null,
  state: new Map([["w", Float32Array.of(0.1, -2)]]),
  optimizer: new Map([["step", Float32Array.of(12)]]),
  best: { epoch: 2, validationLoss: 0.1 + 0.2, score: 0.25, state: new Map([["w", Float32Array.of(5, 6)]]) },
  history: [],
};

Deno.test("a training goes on from what an earlier attempt wrote, bit by bit, and says so", async () => {
  await using folder = tempDir();
  const io = fakeIo({}, folder.path);
  const first = openResume(io, LAYOUT);
  assertEquals([first.from, io.notes], [null, []]);
  first.write(SNAPSHOT);
  first.write({ ...SNAPSHOT, epoch: 4 }); // takes the place of the one before
  assertEquals(openResume(io, LAYOUT).from, { ...SNAPSHOT, epoch: 4 });
  assertEquals(io.notes, ["info: Resumes after epoch 4, where an earlier attempt stopped"]);
});

Deno.test("a training starts anew, with a warning, from what cannot be used", async () => {
  await using folder = tempDir();
  const file = `${folder.path}/resume.safetensors`;
  const other: SnapshotLayout = { ...LAYOUT, optimizer: new Map() };
  for (
    const spoil of [
      () => Deno.truncateSync(file, 100),
      () => Deno.truncateSync(file, 0),
      () => openResume(fakeIo({}, folder.path), other).write({ ...SNAPSHOT, optimizer: new Map() }),
    ]
  ) {
    openResume(fakeIo({}, folder.path), LAYOUT).write(SNAPSHOT);
    spoil();
    const io = fakeIo({}, folder.path);
    assertEquals(openResume(io, LAYOUT).from, null);
    assertEquals(io.notes.length, 1);
    assertStringIncludes(
      io.notes[0]!,
      "warning: Starts from the first epoch: what an earlier attempt left cannot",
    );
  }
});

Deno.test("a training stops where the file may not be written", async () => {
  await using folder = tempDir();
  Deno.mkdirSync(`${folder.path}/resume.safetensors`);
  assertThrows(() => openResume(fakeIo({}, folder.path), LAYOUT).write(SNAPSHOT));
});

Deno.test("a training that goes on in another environment says so, and its result is of both", async () => {
  await using folder = tempDir();
  const attempt = (multiply_add: string) => {
    const io = fakeIo({}, folder.path);
    io.madeWith({ v8: "15.0", multiply_add });
    const resume = openResume(io, LAYOUT);
    resume.write(SNAPSHOT);
    return io;
  };
  assertEquals(attempt("rounded twice").environment, { v8: "15.0", multiply_add: "rounded twice" });
  assertEquals(attempt("rounded twice").notes, [
    "info: Resumes after epoch 3, where an earlier attempt stopped",
  ]);
  const other = attempt("fused");
  assertEquals(other.environment, { v8: "15.0", multiply_add: "rounded twice, then fused" });
  assertEquals(other.notes, [
    "warning: Resumes after epoch 3, where an earlier attempt stopped. That attempt was in another environment " +
    "(multiply_add rounded twice, here fused): the last digits may differ from those of a training that never stopped",
  ]);
  const again = attempt("fused"); // where the attempt before it was: nothing new, but still of both
  assertEquals(again.environment, other.environment);
  assertEquals(again.notes, ["info: Resumes after epoch 3, where an earlier attempt stopped"]);
});
