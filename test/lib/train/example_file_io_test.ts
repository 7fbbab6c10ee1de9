import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Rng } from "../../../lib/base/random.ts";
import { bytesOf, layOut, type TensorShape } from "../../../lib/formats/safetensors.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { shapeOf } from "../../../lib/nn/representation.ts";
import { leastFrames } from "../../../lib/kernels/ctc_loss/feasible.ts";
import { featureMetadata } from "../../../lib/records/features.ts";
import type { Batch } from "../../../lib/tasks/contract.ts";
import {
  createExamples,
  type ExampleEntry,
  type ExampleSource,
  leftOutText,
  openExamples,
  readFeatureInfo,
} from "../../../lib/train/example_file_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { infoAt, TAKER } from "./takers.ts";

const anyLength = () => 1;
const CLIP_SAMPLES = 48000;
const LENGTHS = { "equal lengths": [6, 6, 6, 6], "different lengths": [6, 13, 5, 9] };

/** Examples at a point of the chain, of exact values, and the file that has them. */
function write(path: string, entry: number, lengths: readonly number[]): Float32Array[] {
  const info = infoAt(entry);
  const rng = Rng.fromSeed(`${entry} of ${lengths}`);
  const labelled = lengths.map((length, i): ExampleEntry => ({ name: `u${i}`, length, labels: [1 + i % 2] }));
  const writer = createExamples(path, info, labelled);
  const all = lengths.map((length) => {
    const count = shapeOf(info.representation, length).reduce((product, size) => product * size, 1);
    const samples = Int16Array.from({ length: count }, () => rng.integer(65536) - 32768);
    const values = Float32Array.from(samples, (sample) => sample / 32768);
    writer.append(entry === 0 ? samples : values);
    return values;
  });
  writer.finish();
  return all;
}

/** The part of a padded batch that is one example. */
function exampleOf(
  { features, shape, clips }: Batch,
  clip: number,
  axis: number,
  length: number,
): Float32Array {
  const [outer, inner] = [shape.slice(0, axis), shape.slice(axis + 1)].map((sizes) =>
    sizes.reduce((a, b) => a * b, 1)
  );
  const padded = features.subarray(clip * features.length / clips, (clip + 1) * features.length / clips);
  const run = shape[axis]! * inner!;
  return Float32Array.from(
    Array.from({ length: outer! }, (_, o) => [...padded.subarray(o * run, o * run + length * inner!)]).flat(),
  );
}

function axisOf({ info }: ExampleSource): number {
  return info.representation.axes.findIndex(({ size }) => size === null);
}

for (const [what, lengths] of Object.entries(LENGTHS)) {
  for (const entry of [0, 1, 2]) {
    const { name } = infoAt(entry).representation;
    Deno.test(`examples of ${what} are read as they were written, in any batch: ${name}`, async () => {
      await using folder = tempDir();
      const path = `${folder.path}/x`;
      const written = write(path, entry, lengths);
      using source = openExamples(path, TAKER, anyLength);
      assertEquals([source.count, source.entry, source.names], [4, entry, ["u0", "u1", "u2", "u3"]]);
      assertEquals([source.info, readFeatureInfo(path)], [infoAt(entry), infoAt(entry)]);
      for (const rows of [[0], [1], [3, 0], [2, 2, 1], [0, 1, 2, 3]]) {
        const batch = await source.read(rows);
        assertEquals([batch.clips, batch.rows, batch.entry], [rows.length, rows, entry]);
        const frames = (length: number) => entry === 0 ? TAKER.framing.frames(length) : length;
        assertEquals([...batch.frames], rows.map((row) => frames(lengths[row]!)));
        for (const [clip, row] of rows.entries()) {
          assertEquals(exampleOf(batch, clip, axisOf(source), lengths[row]!), written[row]);
        }
        // what is no example's, and no reflection of one, is zero
        const sum = (values: Float32Array) => values.reduce((all, value) => all + Math.abs(value), 0);
        if (entry > 0) {
          assertEquals(
            sum(batch.features),
            rows.reduce((all, row) => all + sum(written[row]!), 0),
          );
        }
      }
    });
  }
}

Deno.test("examples of one length are an array of them, others one row after another", async () => {
  await using folder = tempDir();
  const shapeIn = (entry: number, lengths: readonly number[]) => {
    write(`${folder.path}/x`, entry, lengths);
    return readTensors(`${folder.path}/x`).tensors.get("features")!.shape;
  };
  assertEquals(shapeIn(0, [7, 7]), [2, 7]);
  assertEquals(shapeIn(1, [7, 7]), [2, 7, 3]);
  assertEquals(shapeIn(2, [7, 7, 7]), [3, 2, 7]);
  assertEquals(shapeIn(2, [7, 5]), [24]);
});

Deno.test("waves of more than 16 bits are kept and read as floats", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const wave = Float32Array.of(1e-7, -0.3, 1.5, 0.1, 0.2, 0.3);
  const writer = createExamples(path, infoAt(0), [{ name: "u0", length: 6, labels: [1] }], 32);
  writer.append(wave);
  writer.finish();
  using source = openExamples(path, TAKER, anyLength);
  assertEquals((await source.read([0])).features, wave);
});

Deno.test("waves of one length stay as they are; of different lengths they go on as their reflection", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const writer = createExamples(path, infoAt(0), [
    { name: "u0", length: 9, labels: [1] },
    { name: "u1", length: 14, labels: [2, 1, 2] },
  ]);
  writer.append(Int16Array.from({ length: 9 }, (_, i) => 100 + i));
  writer.append(Int16Array.from({ length: 14 }, (_, i) => 200 + i));
  writer.finish();
  using source = openExamples(path, TAKER, leastFrames);
  const { features, shape, frames, isRagged, labels, labelLengths } = await source.read([1, 0]);
  assertEquals([shape, [...frames], isRagged], [[18], [4, 3], true]);
  assertEquals([[...labels], [...labelLengths]], [[2, 1, 2, 1, 0, 0], [3, 1]]);
  const values = [...features].map((value) => value * 32768);
  assertEquals(values.slice(0, 18), [...Array(14).keys()].map((i) => 200 + i).concat([212, 211, 210, 209]));
  assertEquals(
    values.slice(18),
    [...Array(9).keys()].map((i) => 100 + i).concat([107, 106, 105, 104], Array(5).fill(0)),
  );

  write(`${folder.path}/equal`, 0, [6, 6]);
  using equal = openExamples(`${folder.path}/equal`, TAKER, leastFrames);
  const batch = await equal.read([0, 1]);
  assertEquals([batch.shape, batch.isRagged], [[6], false]);
});

Deno.test("a wave is changed before it is padded, and the next read starts anew", async () => {
  await using folder = tempDir();
  const written = write(`${folder.path}/x`, 0, [6, 13, 5]);
  using source = openExamples(`${folder.path}/x`, TAKER, anyLength);
  const negated = (values: Float32Array, row: number) => {
    assertEquals(values, written[row]);
    return values.map((value) => -value);
  };
  const plain = (await source.read([0, 1, 2, 0])).features.slice();
  const changed = (await source.read([0, 1, 2, 0], negated)).features;
  assertEquals(changed.map((value) => value === 0 ? 0 : -value), plain);
  assertEquals((await source.read([0, 1, 2, 0])).features, plain);
  assertEquals((await source.read([2])).features.buffer, changed.buffer);
});

Deno.test("a wave that a change makes longer or shorter is padded and counted in frames as one of that length", async () => {
  await using folder = tempDir();
  const resized = (to: readonly number[]) => (values: Float32Array, row: number) =>
    Float32Array.from({ length: to[row]! }, (_, i) => values[i % values.length]!);
  for (const lengths of [[9, 14, 12], [12, 12, 12]]) {
    write(`${folder.path}/x`, 0, lengths);
    using source = openExamples(`${folder.path}/x`, TAKER, anyLength);
    const to = [20, 10, 12];
    const { features, shape, frames, isRagged } = await source.read([0, 1, 2], resized(to));
    write(`${folder.path}/as-long`, 0, to);
    using asLong = openExamples(`${folder.path}/as-long`, TAKER, anyLength);
    const plain = await asLong.read([0, 1, 2], (_, row) => resized(to)(source.valuesOf(row), row));
    assertEquals([shape, frames, isRagged], [plain.shape, plain.frames, true]);
    assertEquals(features, plain.features);
  }
});

Deno.test("a wave that would become too short for its labels stays as it is", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const writer = createExamples(path, infoAt(0), [{ name: "u0", length: 14, labels: [2, 1, 2] }]);
  writer.append(Int16Array.from({ length: 14 }, (_, i) => i));
  writer.finish();
  using source = openExamples(path, TAKER, leastFrames);
  const cutTo = async (length: number) =>
    (await source.read([0], (values) => values.slice(0, length))).frames;
  assertEquals([...await cutTo(9)], [3]);
  assertEquals([...await cutTo(4)], [4]);
});

Deno.test("examples whose labels do not fit in their frames are left out and listed, repeats counted", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const writer = createExamples(path, infoAt(0), [
    { name: "fits", length: 8, labels: [1, 2, 1] }, // 3 frames
    { name: "repeats", length: 8, labels: [1, 1, 2] }, // the blank between makes it 4
    { name: "short", length: 4, labels: [1] }, // too short to be reflected
    { name: "last", length: 12, labels: [1, 1, 2] },
  ]);
  writer.append(Int16Array.from({ length: 32 }, (_, i) => i));
  writer.finish();
  using source = openExamples(path, TAKER, leastFrames);
  assertEquals(source.names, ["fits", "last"]);
  assertEquals([0, 1].map((row) => [...source.labelsOf(row)]), [[1, 2, 1], [1, 1, 2]]);
  assertEquals(source.leftOut, [
    { name: "repeats", frames: 3, needed: 4 },
    { name: "short", frames: 0, needed: 1 },
  ]);
  assertEquals((await source.read([1])).features[0]! * 32768, 20);
  assertEquals(
    leftOutText(source.leftOut),
    "2 examples have fewer frames than labels take and are left out; the first is repeats, with 3 frames where 4 are " +
      "needed.",
  );
});

Deno.test("a file of features larger than the memory is shuffled and read in little of it", async () => {
  await using folder = tempDir();
  const clips = 500_000;
  writeSparse(`${folder.path}/x`, clips);
  assert(Deno.statSync(`${folder.path}/x`).size >= 48e9);
  const reader = fromFileUrl(new URL("./large_examples_io.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", `--allow-read=${folder.path}`, reader, `${folder.path}/x`],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const read = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([read.clips, read.sum], [clips, 0]);
  // Deno itself, each clip's name, label and place, and a batch.
  assert(read.peakBytes < 200e6, `${read.peakBytes} bytes`);
});

/** Waves of 3 s, all zero, that take no place on the disk. */
function writeSparse(path: string, clips: number): void {
  const info = infoAt(0, { classes: ["yes", "no"], sampleRate: 16000, clipSamples: CLIP_SAMPLES });
  const names = new TextEncoder().encode(
    JSON.stringify(Array.from({ length: clips }, (_, clip) => `${clip}`)),
  );
  const ints = { dtype: "I32", shape: [clips] } as const;
  const { head, entries, fileBytes } = layOut(
    new Map<string, TensorShape>([
      ["features", { dtype: "I16", shape: [clips, CLIP_SAMPLES] }],
      ["lengths", ints],
      ["labels", ints],
      ["label_lengths", ints],
      ["names", { dtype: "U8", shape: [names.length] }],
    ]),
    featureMetadata(info),
  );
  using file = Deno.openSync(path, { write: true, create: true });
  const put = (at: number, bytes: Uint8Array) => {
    file.seekSync(at, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  };
  put(0, head);
  file.truncateSync(fileBytes);
  const at = (name: string) => entries.get(name)!.begin;
  put(at("lengths"), bytesOf(new Int32Array(clips).fill(CLIP_SAMPLES)));
  put(at("labels"), bytesOf(Int32Array.from({ length: clips }, (_, clip) => clip % 2)));
  put(at("label_lengths"), bytesOf(new Int32Array(clips).fill(1)));
  put(at("names"), names);
}
