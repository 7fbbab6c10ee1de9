import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { frameCount } from "../../../lib/audio/framing.ts";
import { Rng } from "../../../lib/base/random.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { applyPrefix } from "../../../lib/frontends/prefix.ts";
import { buildRecognizer } from "../../../lib/models/recognizer.ts";
import {
  checkSequences,
  createSequences,
  leftOutText,
  openSequences,
  type SequenceEntry,
} from "../../../lib/train/sequence_file_io.ts";
import { batchesByLength, sequenceBatches } from "../../../lib/train/sequence_order.ts";
import { labelsOf } from "../../../lib/train/sequence_source.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { FRONTEND } from "../../pipeline/stages/tiny.ts";

await tf.setBackend("cpu");

const CLASSES = ["<blank>", "a", "b"];
const FRAMING = { nFft: 8, hopSamples: 4 };
const WAVES = { representation: "waveform", classes: CLASSES, sampleRate: 16000 } as const;

function entry(name: string, rows: number, labels: readonly number[]): SequenceEntry {
  return { name, rows, labels };
}

Deno.test("waveforms of any length are read by range, extended by their own reflection, padded with zeros", async () => {
  await using folder = await tempDir();
  const path = `${folder.path}/w.safetensors`;
  const writer = createSequences(path, WAVES, [], [entry("u0", 9, [1]), entry("u1", 14, [2, 1, 2])]);
  writer.append(Int16Array.from({ length: 9 }, (_, i) => 100 + i));
  writer.append(Int16Array.from({ length: 14 }, (_, i) => 200 + i));
  writer.finish();
  using source = openSequences(path, FRAMING);
  assertEquals([source.count, source.shape, [...source.frames]], [2, [null], [3, 4]]);
  const { features, shape, frames, labels, labelLengths } = await source.read([1, 0]);
  assertEquals([shape, [...frames], [...labels], [...labelLengths]], [[18], [4, 3], [2, 1, 2, 1, 0, 0], [
    3,
    1,
  ]]);
  const values = [...features].map((value) => value * 32768);
  assertEquals(values.slice(0, 18), [...Array(14).keys()].map((i) => 200 + i).concat([212, 211, 210, 209]));
  assertEquals(
    values.slice(18),
    [...Array(9).keys()].map((i) => 100 + i).concat([107, 106, 105, 104], Array(5).fill(0)),
  );
  assertEquals(labelsOf(await source.read([0])).map((own) => [...own]), [[1]]);
});

Deno.test("a padded waveform's frames are those of the clip alone", async () => {
  await using folder = await tempDir();
  const path = `${folder.path}/w.safetensors`;
  const rng = Rng.fromSeed("alone");
  const waves = [1203, 2000].map((n) =>
    Int16Array.from({ length: n }, () => Math.round(8000 * rng.normal()))
  );
  const writer = createSequences(path, WAVES, [], waves.map((wave, i) => entry(`u${i}`, wave.length, [1])));
  for (const wave of waves) writer.append(wave);
  writer.finish();
  using source = openSequences(path, FRONTEND);
  const prefix = {
    representation: "power",
    nFft: 480,
    hopSamples: 160,
    powerEpsilon: 0,
    mask: null,
  } as const;
  const powers = async (rows: number[]) => {
    const { features, shape } = await source.read(rows);
    return tf.tidy(() =>
      applyPrefix(prefix, tf.tensor2d(features, [rows.length, ...shape] as [number, number])).arraySync()
    );
  };
  const [padded] = await powers([0, 1]) as number[][][];
  const alone = tf.tidy(() =>
    applyPrefix(prefix, tf.tensor2d(Float32Array.from(waves[0]!, (v) => v / 32768), [1, 1203])).arraySync()
  ) as number[][][];
  const frames = frameCount(1203, FRONTEND);
  assertEquals([source.frames[0], alone[0]!.length], [frames, frames]);
  const most = Math.max(...alone[0]!.flat());
  for (let t = 0; t < frames; t++) {
    padded![t]!.forEach((value, bin) =>
      assert(Math.abs(value - alone[0]![t]![bin]!) < 1e-5 * most, `${t} ${bin}`)
    );
  }
});

Deno.test("log-Mel frames are stored one after another and read with bands first", async () => {
  await using folder = await tempDir();
  const path = `${folder.path}/m.safetensors`;
  const info = { ...WAVES, representation: "logmel" } as const;
  const writer = createSequences(path, info, [2], [entry("u0", 2, [1]), entry("u1", 3, [2])]);
  writer.append(Float32Array.from([1, 2, 3, 4]));
  writer.append(Float32Array.from([5, 6, 7, 8, 9, 10]));
  writer.finish();
  using source = openSequences(path, FRAMING);
  const { features, shape } = await source.read([0, 1]);
  assertEquals(shape, [2, 3]);
  assertEquals([...features], [1, 3, 0, 2, 4, 0, 5, 7, 9, 6, 8, 10]);
});

Deno.test("utterances whose labels do not fit in their frames are left out and listed, repeats counted", async () => {
  await using folder = await tempDir();
  const path = `${folder.path}/w.safetensors`;
  const utterances = [
    entry("fits", 8, [1, 2, 1]), // 3 frames
    entry("repeats", 8, [1, 1, 2]), // the blank between makes it 4
    entry("short", 4, [1]), // too short to be reflected
    entry("last", 12, [1, 1, 2]),
  ];
  const writer = createSequences(path, WAVES, [], utterances);
  writer.append(Int16Array.from({ length: 32 }, (_, i) => i));
  writer.finish();
  using source = openSequences(path, FRAMING);
  assertEquals(source.names, ["fits", "last"]);
  assertEquals(source.leftOut, [{ name: "repeats", frames: 3, needed: 4 }, {
    name: "short",
    frames: 0,
    needed: 1,
  }]);
  assertEquals((await source.read([1])).features[0]! * 32768, 20);
  assertEquals(
    leftOutText(source.leftOut),
    "2 utterances have fewer frames than labels take and are left out; the first is repeats, with 3 frames where 4 are " +
      "needed.",
  );
});

Deno.test("checkSequences() says what does not fit, and when nothing is left", async () => {
  await using folder = await tempDir();
  const network = buildRecognizer(
    { ...FRONTEND, trainable: { stft: true, mel: true } },
    { kind: "linear" },
    3,
  );
  const path = `${folder.path}/w.safetensors`;
  const writer = createSequences(path, WAVES, [], [entry("u", 100, [1])]);
  writer.append(new Int16Array(100));
  writer.finish();
  using source = openSequences(path, FRONTEND);
  assertThrows(() => checkSequences(source, path, network), UserError, "No utterance is left: use a smaller");
  const other = buildRecognizer(
    { ...FRONTEND, trainable: { stft: false, mel: true } },
    { kind: "linear" },
    3,
  );
  const message = "found waveform [time] of 3 classes, but the network takes power [time, 241] of 3 classes";
  assertThrows(() => checkSequences(source, path, other), UserError, message);
});

Deno.test("a damaged file is refused", async () => {
  await using folder = await tempDir();
  const path = `${folder.path}/w.safetensors`;
  const writer = createSequences(path, WAVES, [], [entry("u", 10, [3])]);
  writer.append(new Int16Array(10));
  writer.finish();
  assertThrows(() => openSequences(path, FRAMING), UserError, "found label 3, wanted 1 to 2");
});

Deno.test("batches hold every utterance once, of similar lengths where asked, and follow the seed", () => {
  const rng = Rng.fromSeed(3);
  const frames = Int32Array.from({ length: 203 }, () => 50 + rng.integer(300));
  const padding = (batches: readonly Uint32Array[]) =>
    batches.reduce((sum, rows) => sum + rows.length * Math.max(...[...rows].map((r) => frames[r]!)), 0) /
    frames.reduce((a, b) => a + b, 0);
  const of = (kind: "shuffle" | "lengths", seed: number) =>
    sequenceBatches(kind, frames, 8, null, Rng.fromSeed(seed));
  for (const kind of ["shuffle", "lengths"] as const) {
    const batches = of(kind, 1);
    assertEquals(batches.length, 26);
    assertEquals(batches.flatMap((rows) => [...rows]).sort((a, b) => a - b), [...frames.keys()]);
    assertEquals(of(kind, 1), batches);
    assert(of(kind, 2)[0]!.join() !== batches[0]!.join());
  }
  assert(padding(of("lengths", 1)) < 1.15 && padding(of("shuffle", 1)) > 1.5);
  assert(padding(batchesByLength(frames, 8)) < 1.05);
  assertEquals(sequenceBatches("shuffle", frames, 8, 20, Rng.fromSeed(1)).map((rows) => rows.length), [
    8,
    8,
    4,
  ]);
});
