/** Files that are damaged, or of no use to a network. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { StoredTensor, WritableData } from "../../../lib/formats/safetensors.ts";
import { writeTensors } from "../../../lib/formats/safetensors_io.ts";
import { featureMetadata } from "../../../lib/records/features.ts";
import { createExamples, type FeatureTaker, openExamples } from "../../../lib/train/example_file_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { infoAt, TAKER } from "./takers.ts";

const anyLength = () => 1;

type Tensors = Readonly<Record<string, WritableData | undefined>>;

Deno.test("openExamples() refuses a file that holds no features and says what is missing", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const good: Tensors = {
    features: new Float32Array(10),
    lengths: Int32Array.of(2, 3),
    labels: Int32Array.of(1, 2, 1),
    label_lengths: Int32Array.of(2, 1),
    names: new TextEncoder().encode('["u0","u1"]'),
  };
  const write = (changes: Tensors, metadata: Record<string, string> = {}) => {
    const tensors = Object.entries({ ...good, ...changes }).flatMap(([name, data]) =>
      data === undefined ? [] : [[name, { shape: [data.length], data }] as const]
    );
    writeTensors(path, new Map<string, StoredTensor<WritableData>>(tensors), {
      ...featureMetadata(infoAt(2)),
      ...metadata,
    });
  };
  write({});
  using whole = openExamples(path, TAKER, anyLength);
  assertEquals(whole.count, 2);
  const cases: [Tensors, Record<string, string>, string][] = [
    [{ features: undefined }, {}, 'no tensor "features"'],
    [{ features: new Int16Array(10) }, {}, 'I16 tensor "features"'],
    [{ labels: undefined }, {}, 'no tensor "labels"'],
    [{ names: undefined }, {}, 'no tensor "names"'],
    [{}, { format: "1" }, "format"],
    [{}, { representation: '{"name":"cepstrum"}' }, "representation"],
    [{}, { classes: "[1]" }, "classes"],
    [{}, { classes: "nope" }, "classes"],
    [{}, { sample_rate: "fast" }, "sample_rate"],
    [{ features: new Float32Array(8) }, {}, "found 8 values of features, wanted 10"],
    [{ lengths: Int32Array.of(6, -1) }, {}, "found 10 values of features, wanted 10"],
    [{ label_lengths: Int32Array.of(3) }, {}, "2 lengths, 1 of labels and 2 names, wanted as many of each"],
    [{ names: new TextEncoder().encode('["u0"]') }, {}, "2 lengths, 2 of labels and 1 names"],
    [{ names: new TextEncoder().encode("[0, 1]") }, {}, "names of examples"],
    [{ names: new TextEncoder().encode("[") }, {}, "names of examples"],
    [{ label_lengths: Int32Array.of(2, 2) }, {}, "found 3 labels, wanted 4"],
    [{ labels: Int32Array.of(1, 3, 1) }, {}, "found label 3, wanted 0 to 2"],
    [{ labels: Int32Array.of(1, -1, 1) }, {}, "found label -1"],
  ];
  for (const [changes, metadata, found] of cases) {
    write(changes, metadata);
    const error = assertThrows(() => openExamples(path, TAKER, anyLength), UserError);
    assertEquals(error.reason, "bad-file");
    assertStringIncludes(error.message, found);
    assertStringIncludes(error.message, path);
  }
});

Deno.test("openExamples() refuses features that are not on a network's way, and says what it takes", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  const writer = createExamples(path, infoAt(1), [{ name: "u", length: 5, labels: [1] }]);
  writer.append(new Float32Array(15));
  writer.finish();
  const [stft, mel] = TAKER.steps;
  const cases: [Partial<FeatureTaker>, string][] = [
    [{ classes: 4 }, "power [time, 3] of 3 classes, but the network takes power [time, 3] of 4 classes"],
    [
      { steps: [{ ...stft!, n_fft: 16 }, mel!] },
      "power [time, 3] of 3 classes, made by other steps than the network's, but the network takes",
    ],
    [
      { steps: [], representations: TAKER.representations.slice(0, 1) },
      "the network takes waveform [time] of 3",
    ],
    [
      { representations: TAKER.representations.toReversed().with(1, infoAt(2).representation) },
      "takes logmel [2, time]",
    ],
  ];
  for (const [changes, found] of cases) {
    const error = assertThrows(
      () => openExamples(path, { ...TAKER, ...changes }, anyLength),
      UserError,
      found,
    );
    assertEquals(error.reason, "bad-file");
  }
  const reordered = { ...TAKER, steps: [{ n_fft: 8, trained: false, step: "stft" }, mel!] };
  using same = openExamples(path, reordered, anyLength);
  assertEquals(same.entry, 1);
});

Deno.test("openExamples() refuses a split without examples, and one of which none is left", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/x`;
  createExamples(path, infoAt(0), []).finish();
  const refusal = () => assertThrows(() => openExamples(path, TAKER, () => 3), UserError);
  assertEquals(refusal().reason, "bad-dataset");
  assertStringIncludes(refusal().message, "has no examples");
  const writer = createExamples(path, infoAt(0), [{ name: "u", length: 6, labels: [1] }]);
  writer.append(new Int16Array(6));
  writer.finish();
  assertEquals(refusal().reason, "bad-dataset");
  assertStringIncludes(
    refusal().message,
    "1 example has fewer frames than labels take and is left out; the first is u, with 2 frames where 3 are needed. No " +
      "example is left: use a smaller hop.",
  );
});
