import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { UserError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Rng } from "../../../lib/base/random.ts";
import { writeTensors } from "../../../lib/formats/safetensors_io.ts";
import type { FrontendSpec, Setting } from "../../../lib/frontends/contract.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { createState } from "../../../lib/nn/state.ts";
import { checkpointMetadata } from "../../../lib/records/checkpoint.ts";
import { stateTensors } from "../../../lib/train/checkpoint.ts";
import { copyValues, type Values } from "../../../lib/train/snapshot.ts";
import { importCheckpoint, type Receiver, startFrom } from "../../../pipeline/checkpoints/import_io.ts";
import { nnAudio } from "../../lib/frontends/papers.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { type FakeIo, fakeIo } from "../stages/fake_io.ts";

await openBackend("cpu");

const CLASSES = ["yes", "no"];
const SAMPLES = 1600;

const MODEL = { kind: "linear" };

async function receiver(frontend: FrontendSpec, seed: number): Promise<Receiver> {
  const network = await buildNetwork(frontend, MODEL, "clip", CLASSES.length, SAMPLES);
  return {
    network,
    frontend,
    model: MODEL,
    classes: CLASSES,
    state: createState(network, Rng.fromSeed(seed)),
  };
}

function frontend(setting: Setting, changes: JsonObject = {}): Promise<FrontendSpec> {
  return nnAudio(setting, { n_mels: 8, normalise: "batch", ...changes });
}

/** Writes what a training of this network would, with other values than a fresh one has. */
async function checkpoint(
  path: string,
  given: FrontendSpec,
  { classes = CLASSES, said = true, model = MODEL }: {
    readonly classes?: readonly string[];
    readonly said?: boolean;
    readonly model?: ModelSpec;
  } = {},
): Promise<Values> {
  const { network, state } = await receiver(given, 1);
  const values = await copyValues(state);
  const about = {
    task: "kws",
    epoch: 3,
    classes: [...classes],
    frontend: given,
    model,
    sampleRate: 16000,
    clipSamples: SAMPLES,
  };
  writeTensors(path, stateTensors(network.specs, values), said ? checkpointMetadata(about) : {});
  return values;
}

function ioOf(folder: string): FakeIo {
  return fakeIo({}, folder, { init: `${folder}/x`, checkpoint: `${folder}/x` });
}

Deno.test("values of a checkpoint are put into a network, to start from and to be evaluated", async () => {
  await using folder = tempDir();
  for (const setting of ["A", "B", "D"] as const) {
    const values = await checkpoint(`${folder.path}/x`, await frontend(setting));
    for (const put of [startFrom, importCheckpoint]) {
      const into = await receiver(await frontend(setting), 2);
      assertNotEquals(await copyValues(into.state), values);
      const io = ioOf(folder.path);
      await put(io, into);
      assertEquals(await copyValues(into.state), values);
      assertEquals(
        io.notes,
        put === startFrom ? [`info: Starts from ${values.size} tensors of ${folder.path}/x`] : [],
      );
    }
  }
});

Deno.test("a training may start from other classes and another front-end, and is told so; an evaluation may not", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const cases = [
    [await frontend("A"), { classes: ["no", "yes"] }, 'on classes ["no","yes"], here they are ["yes","no"]'],
    [await frontend("A", { f_min_hz: 50 }), {}, "with another front-end: mel.f_min_hz: 50 there, 0 here"],
  ] as const;
  for (const [given, about, found] of cases) {
    await checkpoint(path, given, about);
    const into = await receiver(await frontend("A"), 2);
    const io = ioOf(folder.path);
    await startFrom(io, into);
    assertEquals(io.notes.at(-1), `warning: ${path} was trained ${found}`);
    const error = await assertRejects(() => importCheckpoint(ioOf(folder.path), into), UserError, found);
    assertEquals(error.reason, "bad-file");
  }
});

Deno.test("a checkpoint that says nothing of itself is taken by its tensors", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const values = await checkpoint(path, await frontend("A", { f_min_hz: 50 }), { said: false });
  const into = await receiver(await frontend("A"), 2);
  await importCheckpoint(ioOf(folder.path), into);
  assertEquals(await copyValues(into.state), values);

  // Of a front-end that was not trained, into one that is: it starts as ever.
  const trained = await receiver(await frontend("B"), 2);
  const io = ioOf(folder.path);
  await importCheckpoint(io, trained);
  assertEquals(io.notes, ["info: Not in the checkpoint, so untrained: mel_layer.mel_basis"]);

  // What PyTorch modules store beside their parameters does not matter.
  const mask = { shape: [1], data: Float32Array.of(1) };
  const tensors = [
    ...stateTensors(into.network.specs, values),
    ["mel_layer.stft.window_mask", mask] as const,
  ];
  writeTensors(path, new Map(tensors));
  const more = ioOf(folder.path);
  await importCheckpoint(more, into);
  assertEquals(more.notes, ["info: Ignored in the checkpoint: mel_layer.stft.window_mask"]);
});

Deno.test("a checkpoint that does not fit is refused with what to set", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const cases: [FrontendSpec, FrontendSpec, string][] = [
    [await frontend("A", { normalise: "none" }), await frontend("A"), "set frontend.normalise=none"],
    [await frontend("A"), await frontend("A", { normalise: "none" }), "set frontend.normalise=batch"],
    [
      await frontend("A", { n_mels: 10 }),
      await frontend("A"),
      "linearlayer.weight: found [2,110], wanted [2,88]",
    ],
  ];
  for (const [given, wanted, found] of cases) {
    await checkpoint(path, given, { said: false });
    const into = await receiver(wanted, 2);
    const before = await copyValues(into.state);
    for (const put of [startFrom, importCheckpoint]) {
      const error = await assertRejects(() => put(ioOf(folder.path), into), UserError, found);
      assertEquals(error.reason, "bad-file");
      assertStringIncludes(error.message, `Cannot load ${path}, as it does not fit the network.`);
    }
    assertEquals(await copyValues(into.state), before);
  }
});

Deno.test("a start that says that it is of another model is refused with what it says", async () => {
  await using folder = tempDir();
  await checkpoint(`${folder.path}/x`, await frontend("A", { n_mels: 10 }), { model: { kind: "bc_resnet" } });
  const into = await receiver(await frontend("A"), 2);
  await assertRejects(
    () => startFrom(ioOf(folder.path), into),
    UserError,
    'It was trained with another front-end: mel.n_mels: 10 there, 8 here; with model {"kind":"bc_resnet"}, here it is ' +
      '{"kind":"linear"}: choose these as they were there.',
  );
});

Deno.test("values that no training ends in are refused, of a start too, with the tensor and the file", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const { network, state } = await receiver(await frontend("A"), 1);
  for (const [name, value] of [["linearlayer.weight", NaN], ["mel_layer.norm.running_var", -1]] as const) {
    const values = new Map(await copyValues(state));
    values.set(name, values.get(name)!.map((old, i) => i === 2 ? value : old));
    writeTensors(path, stateTensors(network.specs, values));
    const into = await receiver(await frontend("A"), 2);
    for (const put of [startFrom, importCheckpoint]) {
      await assertRejects(
        () => put(ioOf(folder.path), into),
        UserError,
        `Cannot load ${path}, as no training ends in such values. ${name}: value 2 is ${value}, wanted `,
      );
    }
  }
});

Deno.test("trained values of what a setting computes beforehand are refused with the setting that uses them", async () => {
  await using folder = tempDir();
  const { network, state } = await receiver(await frontend("D"), 1);
  const values = new Map(await copyValues(state));
  values.set("mel_layer.stft.wcos", values.get("mel_layer.stft.wcos")!.map((value) => 1.01 * value));
  writeTensors(`${folder.path}/x`, stateTensors(network.specs, values));
  const into = await receiver(await frontend("B"), 2);
  await assertRejects(
    () => importCheckpoint(ioOf(folder.path), into),
    UserError,
    "Set setting=D, or the parts in frontend.trained, to use the file's",
  );
});
