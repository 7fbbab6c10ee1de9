import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { dftBasis } from "../../../lib/audio/dft_basis.ts";
import { initialBands } from "../../../lib/audio/band_filters.ts";
import { binCount } from "../../../lib/audio/framing.ts";
import { Rng } from "../../../lib/base/random.ts";
import type { StoredTensor, TensorFile, WritableData } from "../../../lib/formats/safetensors.ts";
import { readTensors, writeTensors } from "../../../lib/formats/safetensors_io.ts";
import { initialMelBasis } from "../../../lib/frontends/mel_step.ts";
import type { FastAudioSpec, FrontendSpec, NnAudioSpec } from "../../../lib/frontends/spec.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, runStage } from "./stage_process.ts";
import { CLASSES, CLIP_SAMPLES, FRAMES, FRONTEND, writeWaveforms } from "./tiny.ts";

const BINS = binCount(FRONTEND.nFft);
const BOTH: NnAudioSpec = { ...FRONTEND as NnAudioSpec, trainable: { stft: true, mel: true } };

async function probe(
  folder: string,
  frontend: FrontendSpec,
  tensors: ReadonlyMap<string, StoredTensor<WritableData>>,
): Promise<TensorFile> {
  const inputs = { test: `${folder}/test`, best: `${folder}/best` };
  writeWaveforms(inputs.test, 9, "test");
  writeTensors(inputs.best, tensors);
  const slice = { frontend, clip_samples: CLIP_SAMPLES, clips: 2 };
  assertDone(await runStage({ stage: "probe", slice, inputs, folder }));
  return readTensors(`${folder}/out/probe.safetensors`);
}

function values({ tensors }: TensorFile, name: string): Float32Array {
  return tensors.get(name)!.data as Float32Array;
}

Deno.test("probe finds nothing changed where nothing was trained", async () => {
  await using dir = tempDir();
  const file = await probe(dir.path, { ...BOTH, normalise: "batch" }, new Map());
  assertEquals(values(file, "clips/learned"), values(file, "clips/initial"));
  assertEquals(values(file, "filters/learned/weights"), initialMelBasis(BOTH));
  assert(values(file, "kernels/change").every((change) => change === 0));
  assertEquals(values(file, "kernels/learned/response_db"), values(file, "kernels/initial/response_db"));
  assertAlmostEquals(Math.max(...values(file, "kernels/initial/response_db")), 0, 1e-4);
  assertEquals(file.tensors.get("clips/learned")!.shape, [2, FRONTEND.nMels, FRAMES]);
  assertEquals([...file.tensors.get("clips/labels")!.data], [0, 1]);
  assertEquals(JSON.parse(file.metadata["classes"]!), CLASSES);
});

Deno.test("probe shows what a checkpoint has of its own: filters, kernels, and clips through them", async () => {
  await using dir = tempDir();
  const rng = Rng.fromSeed(7);
  const basis = dftBasis(FRONTEND.nFft);
  const louder = 30; // a bin whose kernels are doubled
  const doubled = (kernels: Float32Array) =>
    kernels.map((w, i) => (Math.floor(i / FRONTEND.nFft) === louder ? 2 * w : w));
  const mel = Float32Array.from({ length: FRONTEND.nMels * BINS }, () => rng.uniform(0, 1));
  const shape = [BINS, 1, FRONTEND.nFft];
  const file = await probe(
    dir.path,
    BOTH,
    new Map([
      ["mel_layer.stft.wcos", { shape, data: doubled(basis.wcos) }],
      ["mel_layer.stft.wsin", { shape, data: doubled(basis.wsin) }],
      ["mel_layer.mel_basis", { shape: [FRONTEND.nMels, BINS], data: mel }],
      ["linearlayer.bias", { shape: [3], data: new Float32Array(3) }],
    ]),
  );
  assertEquals(values(file, "filters/learned/weights"), mel);
  assertEquals(values(file, "filters/initial/weights"), initialMelBasis(BOTH));
  const change = values(file, "kernels/change");
  assertAlmostEquals(change[louder]!, 1, 1e-5);
  assertEquals(change.filter((c) => c > 1e-6).length, 1);
  assertEquals(file.tensors.get("kernels/shown")!.data[0], louder);
  const [initial, learned] = ["initial", "learned"].map((state) =>
    values(file, `kernels/${state}/response_db`)
  );
  assertAlmostEquals(
    learned![louder * BINS + louder]! - initial![louder * BINS + louder]!,
    20 * Math.log10(2),
    1e-3,
  );
  assert(values(file, "clips/learned").some((v, i) => Math.abs(v - values(file, "clips/initial")[i]!) > 0.1));
});

Deno.test("probe gives fastaudio's centres and widths in hertz", async () => {
  await using dir = tempDir();
  const { sampleRate, nFft, hopSamples, nMels, fMinHz, fMaxHz, powerEpsilon, mask, normalise } = FRONTEND;
  const shared = { sampleRate, nFft, hopSamples, nMels, fMinHz, fMaxHz, powerEpsilon, mask, normalise };
  const spec: FastAudioSpec = {
    kind: "fastaudio",
    ...shared,
    trainable: { stft: true, mel: true },
    power: 1,
    filter: "triangular",
    limits: "scaled",
    decibels: { amin: 1e-10, refValue: 1, topDb: 80, loudestOf: "clip" },
    sort: false,
    paramChangeFactor: 2,
    paramRandFactor: 0,
  };
  const moved = initialBands(spec).centres.map((centre) => (centre + 0.01) / 2);
  const file = await probe(
    dir.path,
    spec,
    new Map([["fastaudio_filter.f_central", { shape: [nMels], data: moved }]]),
  );
  const { centres, widths } = initialBands(spec);
  for (let m = 0; m < nMels - 1; m++) {
    assertAlmostEquals(values(file, "filters/initial/centres_hz")[m]!, centres[m]! * 16000, 0.01);
    assertAlmostEquals(values(file, "filters/learned/centres_hz")[m]!, (centres[m]! + 0.01) * 16000, 0.01);
    assertAlmostEquals(values(file, "filters/learned/widths_hz")[m]!, widths[m]! * 16000, 0.01);
  }
});
