import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { initialBands } from "../../../lib/audio/band_filters.ts";
import { dftBasis } from "../../../lib/audio/dft_basis.ts";
import { binCount } from "../../../lib/audio/framing.ts";
import { Rng } from "../../../lib/base/random.ts";
import type { StoredTensor, WritableData } from "../../../lib/formats/safetensors.ts";
import { readTensors, writeTensors } from "../../../lib/formats/safetensors_io.ts";
import type { FrontendSpec, View } from "../../../lib/frontends/contract.ts";
import { parseProbe, type Probe } from "../../../lib/records/probe.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, runStage } from "./stage_process.ts";
import {
  BANDS,
  CLASSES,
  FRAMES,
  frontendOf,
  N_FFT,
  SAMPLE_RATE,
  writeLogmel,
  writeUtterances,
  writeWaveforms,
} from "./tiny.ts";

const BINS = binCount(N_FFT);
const BOTH = await frontendOf(["stft", "mel"]);
const WAVES = (path: string) => writeWaveforms(path, 9, "test");

async function probe(
  folder: string,
  frontend: FrontendSpec,
  tensors: ReadonlyMap<string, StoredTensor<WritableData>>,
  write: (path: string) => Promise<void> = WAVES,
): Promise<Probe> {
  const inputs = { examples: `${folder}/test`, checkpoint: `${folder}/best` };
  await write(inputs.examples);
  writeTensors(inputs.checkpoint, tensors);
  assertDone(await runStage({ stage: "probe", slice: { frontend, clips: 2 }, inputs, folder }));
  const path = `${folder}/out/probe.safetensors`;
  return parseProbe(readTensors(path), path);
}

/** The only view of a kind. */
function view<Type extends View["type"]>({ views }: Probe, type: Type) {
  const found = views.filter(({ initial }) => initial.type === type);
  assertEquals(found.length, 1);
  const { initial, learned } = found[0]!;
  return { initial, learned } as Readonly<Record<"initial" | "learned", View & { readonly type: Type }>>;
}

Deno.test("probe finds nothing changed where nothing was trained", async () => {
  await using dir = tempDir();
  const found = await probe(dir.path, await frontendOf(["stft", "mel"], { normalise: "batch" }), new Map());
  assertEquals(found.views.map(({ step, initial }) => [step, initial.type]), [
    ["0-stft", "kernels"],
    ["1-mel", "filters"],
  ]);
  for (const { initial, learned } of [...found.views, ...found.clips]) assertEquals(learned, initial);
  const { wcos, wsin } = view(found, "kernels").learned;
  assertEquals({ wcos, wsin }, dftBasis(N_FFT));
  assertEquals(found.clips.map(({ shape, labels }) => [shape, labels]), [
    [[BANDS, FRAMES], [CLASSES[0]]],
    [[BANDS, FRAMES], [CLASSES[1]]],
  ]);
  assertEquals([found.representation.name, found.secondsPerFrame], ["logmel", 0.01]);
});

Deno.test("probe shows what a checkpoint has of its own: filters, kernels, and clips through them", async () => {
  await using dir = tempDir();
  const rng = Rng.fromSeed(7);
  const basis = dftBasis(N_FFT);
  const louder = 30; // a bin whose kernels are doubled
  const doubled = (kernels: Float32Array) =>
    kernels.map((w, i) => (Math.floor(i / N_FFT) === louder ? 2 * w : w));
  const mel = Float32Array.from({ length: BANDS * BINS }, () => rng.uniform(0, 1));
  const shape = [BINS, 1, N_FFT];
  const found = await probe(
    dir.path,
    BOTH,
    new Map([
      ["mel_layer.stft.wcos", { shape, data: doubled(basis.wcos) }],
      ["mel_layer.stft.wsin", { shape, data: doubled(basis.wsin) }],
      ["mel_layer.mel_basis", { shape: [BANDS, BINS], data: mel }],
      ["linearlayer.bias", { shape: [3], data: new Float32Array(3) }],
    ]),
  );
  assertEquals(view(found, "filters").learned.weights, mel);
  const kernels = view(found, "kernels");
  assertEquals(kernels.learned.wcos, doubled(basis.wcos));
  assertEquals(kernels.initial.wsin, basis.wsin);
  const [clip] = found.clips;
  assert(clip!.learned.some((value, i) => Math.abs(value - clip!.initial[i]!) > 0.1));
});

Deno.test("probe draws of a front-end only what is trained, wherever the examples enter it", async () => {
  await using dir = tempDir();
  const found = await probe(dir.path, await frontendOf(["mel"]), new Map());
  assertEquals(found.views.map(({ step }) => step), ["1-mel"]);
  await using other = tempDir();
  const nothing = await probe(
    other.path,
    await frontendOf([]),
    new Map(),
    (path) => writeLogmel(path, 9, "test"),
  );
  assertEquals([nothing.views, nothing.clips.length], [[], 2]);
});

Deno.test("probe sees utterances of any length, each of other labels, as it sees clips", async () => {
  await using dir = tempDir();
  const write = (path: string) => writeUtterances(path, 9, "test", "waveform");
  const found = await probe(dir.path, BOTH, new Map(), write);
  assertEquals(found.clips.map(({ labels }) => labels), [["a", "b"], ["b", "a", "a"]]);
  const frames = (i: number) => found.clips[i]!.shape[1]!;
  assert(frames(0) < frames(1));
});

Deno.test("probe gives fastaudio's centres and widths in hertz", async () => {
  await using dir = tempDir();
  const decibels = { kind: "decibels", amin: 1e-10, ref_value: 1, top_db: 80, compat: { top_db: "clip" } };
  const frontend = await frontendOf(["stft", "mel"], {
    kind: "fastaudio",
    power: 1,
    filter: "triangular",
    sort: false,
    param_change_factor: 2,
    param_rand_factor: 0,
    compat: { band_limits: "scaled" },
    random_mel: null,
  }, decibels);
  const placed = { sampleRate: SAMPLE_RATE, nFft: N_FFT, nMels: BANDS, fMinHz: 0, fMaxHz: 8000 };
  const { centres, widths } = initialBands(placed);
  const moved = centres.map((centre) => (centre + 0.01) / 2);
  const found = await probe(
    dir.path,
    frontend,
    new Map([["fastaudio_filter.f_central", { shape: [BANDS], data: moved }]]),
  );
  const { initial, learned } = view(found, "filters");
  for (let m = 0; m < BANDS - 1; m++) {
    assertAlmostEquals(initial.centresHz[m]!, centres[m]! * SAMPLE_RATE, 0.01);
    assertAlmostEquals(learned.centresHz[m]!, (centres[m]! + 0.01) * SAMPLE_RATE, 0.01);
    assertAlmostEquals(learned.widthsHz[m]!, widths[m]! * SAMPLE_RATE, 0.01);
  }
});
