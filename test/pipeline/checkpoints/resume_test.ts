import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { TensorSpec } from "../../../lib/nn/types.ts";
import type { SnapshotLayout } from "../../../lib/train/checkpoint.ts";
import type { Snapshot } from "../../../lib/train/snapshot.ts";
import type { Wanted } from "../../../pipeline/checkpoints/beginnings_io.ts";
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

const WANTED: Wanted = { epochs: 9, patience: null, minutes: null };

Deno.test("a training goes on from what an earlier attempt wrote, bit by bit, and says so", async () => {
  await using folder = tempDir();
  const io = fakeIo({}, folder.path);
  const first = openResume(io, LAYOUT, WANTED);
  assertEquals([first.from, io.notes], [null, []]);
  first.write(SNAPSHOT);
  first.write({ ...SNAPSHOT, epoch: 4 }); // takes the place of the one before
  assertEquals(openResume(io, LAYOUT, WANTED).from, { ...SNAPSHOT, epoch: 4 });
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
      () => openResume(fakeIo({}, folder.path), other, WANTED).write({ ...SNAPSHOT, optimizer: new Map() }),
    ]
  ) {
    openResume(fakeIo({}, folder.path), LAYOUT, WANTED).write(SNAPSHOT);
    spoil();
    const io = fakeIo({}, folder.path);
    assertEquals(openResume(io, LAYOUT, WANTED).from, null);
    assertEquals(io.notes.length, 1);
    assertStringIncludes(
      io.notes[0]!,
      "warning: What an earlier attempt left cannot be used.",
    );
  }
});

Deno.test("a training stops where the file may not be written", async () => {
  await using folder = tempDir();
  Deno.mkdirSync(`${folder.path}/resume.safetensors`);
  assertThrows(() => openResume(fakeIo({}, folder.path), LAYOUT, WANTED).write(SNAPSHOT));
});

Deno.test("a training that goes on in another environment says so, and its result is of both", async () => {
  await using folder = tempDir();
  const attempt = (multiply_add: string) => {
    const io = fakeIo({}, folder.path);
    io.madeWith({ v8: "15.0", multiply_add });
    const resume = openResume(io, LAYOUT, WANTED);
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

/** What a training of so many epochs left, each loss given. */
function left(folder: string, task: string, losses: readonly number[], seconds?: number) {
  const io = fakeIo({}, `${folder}/${task}`);
  Deno.mkdirSync(io.outDir);
  io.madeWith({ multiply_add: "fused" });
  const history = losses.map((validationLoss, i) => ({
    ...{ epoch: i + 1, steps: 4 * (i + 1), lr: {}, loss: 1, accuracy: 0.5 },
    validationLoss,
    validationAccuracy: 0.5,
  }));
  const [epoch, steps] = [losses.length, 4 * losses.length];
  openResume(io, LAYOUT, WANTED).writeResult({ ...SNAPSHOT, epoch, steps, history }, seconds);
  return { path: `${folder}/${task}/resume.safetensors`, task, environment: { multiply_add: "fused" } };
}

Deno.test("a training goes on from the farthest state that lies on its way", async () => {
  await using folder = tempDir();
  const losses = [5, 4, 4.1, 4.2, 3, 3.1];
  const earlier = [2, 6, 4].map((epochs) => left(folder.path, `train${epochs}`, losses.slice(0, epochs)));
  const damaged = { path: `${folder.path}/damaged`, task: "damaged" };
  Deno.writeTextFileSync(damaged.path, "no tensors");
  const gone = { path: `${folder.path}/gone`, task: "gone" };
  const from = (
    wanted: Partial<typeof WANTED> & { readonly patience?: number; readonly minutes?: number },
  ) => {
    const io = { ...fakeIo({}, `${folder.path}/none`), earlier: [damaged, ...earlier, gone] };
    io.madeWith({ multiply_add: "fused" });
    const { from } = openResume(io, LAYOUT, { ...WANTED, ...wanted });
    return [from?.epoch, ...io.notes];
  };
  assertEquals(from({}), [6, "info: Goes on after epoch 6, to which train6 had trained"]);
  assertEquals(from({ epochs: 6 })[0], 6);
  assertEquals(from({ epochs: 5 }), [4, "info: Goes on after epoch 4, to which train4 had trained"]);
  assertEquals(from({ epochs: 1 }), [undefined]);
  // Patience would have ended it after the fourth epoch, or after the third.
  assertEquals(from({ patience: 2 })[0], 4);
  assertEquals(from({ patience: 1 })[0], 2);
  assertEquals(from({ minutes: 1 }), [undefined], "of none is known how long it took");
});

Deno.test("a budget of time counts what earlier attempts and shorter trainings took", async () => {
  await using folder = tempDir();
  const earlier = [left(folder.path, "train", [5, 4], 59)];
  const io = { ...fakeIo({}, `${folder.path}/none`), earlier };
  const open = (minutes: number | null) => openResume(io, LAYOUT, { ...WANTED, minutes });
  assertEquals([open(1).from?.epoch, open(1).seconds], [2, 59]);
  assertEquals([open(0.9).from?.epoch, open(null).from?.epoch], [undefined, 2]);
});

Deno.test("a result to go on from does not say where it was made, and whose it is counts", async () => {
  await using folder = tempDir();
  const [there] = [left(folder.path, "train", [5, 4])];
  const io = { ...fakeIo({}, folder.path), earlier: [there] };
  io.madeWith({ multiply_add: "rounded twice" });
  const resume = openResume(io, LAYOUT, WANTED);
  assertEquals(io.environment, { multiply_add: "fused, then rounded twice" });
  assertStringIncludes(
    io.notes[0]!,
    "warning: Goes on after epoch 2, to which train had trained. That training was in",
  );
  resume.writeResult(resume.from!);
  assertEquals(Deno.readFileSync(`${folder.path}/resume.safetensors`), Deno.readFileSync(there.path));
});

Deno.test("what an own attempt left comes before another's that is no farther", async () => {
  await using folder = tempDir();
  const io = { ...fakeIo({}, folder.path), earlier: [left(folder.path, "train", [5, 4, 3])] };
  openResume(io, LAYOUT, WANTED).write({ ...SNAPSHOT, epoch: 3 });
  assertEquals(openResume(io, LAYOUT, WANTED).from?.history, []);
  io.notes.length = 0;
  openResume(io, LAYOUT, WANTED).write({ ...SNAPSHOT, epoch: 2 });
  assertEquals(openResume(io, LAYOUT, WANTED).from?.epoch, 3);
  assertEquals(io.notes.at(-1), "info: Goes on after epoch 3, to which train had trained");
});
