import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../lib/base/errors.ts";
import { bytesOf, layOut, type StoredTensor, type WritableData } from "../../../lib/formats/safetensors.ts";
import { writeTensors } from "../../../lib/formats/safetensors_io.ts";
import type { Network } from "../../../lib/nn/types.ts";
import {
  checkFeatures,
  createFeatures,
  type FeatureInfo,
  openFeatures,
} from "../../../lib/train/feature_file_io.ts";
import { fakeNetwork } from "./fake_network.ts";

const INFO: FeatureInfo = {
  representation: "waveform",
  classes: ["yes", "no"],
  sampleRate: 8000,
  clipSamples: 3,
};
const LABELS = Int32Array.of(1, 0, 1);

function inFolder(name: string, body: (folder: string) => Promise<void> | void): void {
  Deno.test(name, async () => {
    const folder = Deno.makeTempDirSync();
    try {
      await body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

function writeWaveforms(path: string): void {
  const writer = createFeatures(path, INFO, [3], LABELS);
  writer.append(Int16Array.of(0, 16384, -32768, 1, 2, 3));
  writer.append(Int16Array.of(32767, -1, 0));
  writer.finish();
}

inFolder("openFeatures() scales waveforms to [-1, 1) and reads rows in the asked order", async (folder) => {
  writeWaveforms(`${folder}/x`);
  using source = openFeatures(`${folder}/x`);
  assertEquals([source.count, source.shape, source.labels, source.info], [3, [3], LABELS, INFO]);
  const batch = await source.read([2, 0, 2]);
  const [last, first] = [[32767 / 32768, -1 / 32768, 0], [0, 0.5, -1]];
  assertEquals(batch.features, Float32Array.from([...last, ...first, ...last]));
  assertEquals(batch.labels, Int32Array.of(1, 1, 1));
});

inFolder("openFeatures() reads F32 features as they are and reuses its buffers", async (folder) => {
  const info: FeatureInfo = { ...INFO, representation: "logmel" };
  const writer = createFeatures(`${folder}/x`, info, [2, 1], LABELS);
  writer.append(Float32Array.of(0.1, -2, 3, 4, 5, 6));
  writer.finish();
  using source = openFeatures(`${folder}/x`);
  assertEquals([source.shape, source.info], [[2, 1], info]);
  const big = await source.read([0, 1, 2]);
  assertEquals(big.features, Float32Array.of(0.1, -2, 3, 4, 5, 6));
  const small = await source.read([1]);
  assertEquals([small.features, small.labels], [Float32Array.of(3, 4), Int32Array.of(0)]);
  assertEquals(small.features.buffer, big.features.buffer);
});

inFolder("openFeatures() opens a split without clips", (folder) => {
  createFeatures(`${folder}/x`, INFO, [3], new Int32Array(0)).finish();
  using source = openFeatures(`${folder}/x`);
  assertEquals([source.count, source.shape], [0, [3]]);
});

inFolder("openFeatures() refuses a file that holds no features and says what is missing", (folder) => {
  const features = { shape: [2, 1], data: Float32Array.of(1, 2) };
  const good = { representation: "power", classes: '["a"]', sample_rate: "8000", clip_samples: "1" };
  const write = (labels: Int32Array, metadata: Record<string, string>) =>
    writeTensors(
      `${folder}/x`,
      new Map<string, StoredTensor<WritableData>>([
        ["features", features],
        ["labels", { shape: [labels.length], data: labels }],
      ]),
      metadata,
    );
  const cases: [() => void, string][] = [
    [() => writeTensors(`${folder}/x`, new Map(), {}), 'no tensor "features"'],
    [() => writeTensors(`${folder}/x`, new Map([["features", features]]), {}), 'no tensor "labels"'],
    [() => write(Int32Array.of(0, 0), {}), "found metadata"],
    [() => write(Int32Array.of(0, 0), { ...good, representation: "cepstrum" }), '"cepstrum"'],
    [() => write(Int32Array.of(0, 0), { ...good, classes: "[1]" }), "found metadata"],
    [() => write(Int32Array.of(0, 0), { ...good, classes: "nope" }), "found metadata"],
    [() => write(Int32Array.of(0, 0), { ...good, sample_rate: "fast" }), "found metadata"],
    [() => write(Int32Array.of(0), good), "found 1 labels, wanted 2"],
    [() => write(Int32Array.of(0, 1), good), "found label 1"],
    [() => write(Int32Array.of(0, -1), good), "found label -1"],
  ];
  for (const [make, found] of cases) {
    make();
    const error = assertThrows(() => openFeatures(`${folder}/x`), UserError);
    assertEquals(error.reason, "bad-file");
    assertStringIncludes(error.message, found);
  }
});

inFolder(
  "checkFeatures() refuses another representation, shape or number of classes, and no clips",
  (folder) => {
    writeWaveforms(`${folder}/x`);
    using source = openFeatures(`${folder}/x`);
    const network = {
      ...fakeNetwork(),
      input: { representation: "waveform", shape: [3] },
      classes: 2,
    } as const;
    checkFeatures(source, "x", network);
    const others: [Network, string][] = [
      [
        { ...network, classes: 3 },
        "waveform [3] of 2 classes, but the network takes waveform [3] of 3 classes",
      ],
      [{ ...network, input: { representation: "waveform", shape: [4] } }, "takes waveform [4] of 2"],
      [{ ...network, input: { representation: "power", shape: [3] } }, "takes power [3] of 2"],
    ];
    for (const [other, found] of others) {
      assertEquals(
        assertThrows(() => checkFeatures(source, "x", other), UserError, found).reason,
        "bad-file",
      );
    }
    createFeatures(`${folder}/empty`, INFO, [3], new Int32Array(0)).finish();
    using empty = openFeatures(`${folder}/empty`);
    assertEquals(assertThrows(() => checkFeatures(empty, "x", network), UserError).reason, "bad-dataset");
  },
);

inFolder("a file of features larger than the memory is shuffled and read in little of it", async (folder) => {
  const clips = 1_500_000;
  writeSparse(`${folder}/x`, clips);
  assert(Deno.statSync(`${folder}/x`).size > 48e9);
  const reader = fromFileUrl(new URL("./large_features_io.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", `--allow-read=${folder}`, reader, `${folder}/x`],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const read = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([read.clips, read.sum], [clips, 0]);
  // Deno itself, each clip's label and place, and a batch.
  assert(read.peakBytes < 200e6, `${read.peakBytes} bytes`);
});

/** Waveforms of 1 s, all zero, that take no place on the disk. */
function writeSparse(path: string, clips: number): void {
  const shape = [clips, 16000];
  const { head, entries, fileBytes } = layOut(
    new Map([["features", { dtype: "I16", shape }], ["labels", { dtype: "I32", shape: [clips] }]] as const),
    { representation: "waveform", classes: '["yes","no"]', sample_rate: "16000", clip_samples: "16000" },
  );
  using file = Deno.openSync(path, { write: true, create: true });
  file.writeSync(head);
  file.truncateSync(fileBytes);
  file.seekSync(entries.get("labels")!.begin, Deno.SeekMode.Start);
  file.writeSync(bytesOf(Int32Array.from({ length: clips }, (_, clip) => clip % 2)));
}
