import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dftBasis } from "../../../../lib/audio/dft_basis.ts";
import { binCount } from "../../../../lib/audio/framing.ts";
import { openBackend } from "../../../../lib/backend/backend_io.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { AloneSpectrum } from "../../../../lib/kernels/spectrum/alone.ts";
import { openSpectrum } from "../../../../lib/kernels/spectrum/alone_io.ts";
import { spectrumComposite } from "../../../../lib/kernels/spectrum/composite.ts";
import { spectrum } from "../../../../lib/kernels/spectrum/op.ts";
import type { SpectrumForm } from "../../../../lib/kernels/spectrum/pass.ts";
import { factorsOf, RADICES, radicesOf } from "../../../../lib/kernels/spectrum/radices.ts";
import {
  bankFloats,
  bankTable,
  transformFloats,
  transformTables,
} from "../../../../lib/kernels/spectrum/tables.ts";
import { wasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";
import { assertNear } from "../op_check.ts";
import { formOf } from "./forms.ts";

const SAMPLES = 700;
const FORM = formOf(48, 16);

function draw(seed: string, length: number): Float32Array {
  const rng = Rng.fromSeed(seed);
  return Float32Array.from({ length }, () => rng.uniform(-1, 1));
}

/** Filters with zeros at both ends, in the middle, and throughout. */
function filters(bands: number, bins: number): Float32Array {
  const weights = draw("bank", bands * bins).map(Math.abs);
  return weights.map((w, i) => i % bins < Math.floor(i / bins) || i % bins > bins - 3 || i < bins ? 0 : w);
}

type Operation = (
  wave: tf.Tensor2D,
  kernels: { wcos: tf.Tensor3D; wsin: tf.Tensor3D },
  form: SpectrumForm,
  bank: { weights: tf.Tensor2D; logOffset: number | null } | null,
) => tf.Tensor3D;

function values(
  operation: Operation,
  waves: Float32Array,
  form: SpectrumForm,
  bank: { weights: Float32Array; bands: number; logOffset: number | null } | null,
): Float32Array {
  const bins = binCount(form.nFft);
  const { wcos, wsin } = dftBasis(form.nFft);
  return tf.tidy(() => {
    const kernels = {
      wcos: tf.tensor3d(wcos, [bins, 1, form.nFft]),
      wsin: tf.tensor3d(wsin, [bins, 1, form.nFft]),
    };
    const filtered = bank &&
      { weights: tf.tensor2d(bank.weights, [bank.bands, bins]), logOffset: bank.logOffset };
    const clips = tf.tensor2d(waves, [waves.length / SAMPLES, SAMPLES]);
    return operation(clips, kernels, form, filtered).dataSync<"float32">();
  }).slice();
}

function onWasm(name: string, body: () => void | Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await openBackend("wasm", { threads: 2 });
      await body();
    },
  });
}

const bank = { weights: filters(5, 25), bands: 5, logOffset: 1e-10 };

for (
  const [what, form, filtered] of [
    ["power", { powerEpsilon: 0.25 }, null],
    ["magnitudes", { root: true }, null],
    ["power with a mask", { mask: [3, 9] }, null],
    ["log of bands", {}, bank],
    ["bands", {}, { ...bank, logOffset: null }],
    ["bands of masked magnitudes", { root: true, mask: [0, 25] }, { ...bank, logOffset: 1 }],
    ["as many frames as lanes", { hopSamples: 233 }, bank],
    ["a frame a lane and one more", { hopSamples: 175 }, null],
    ["an odd window, which is a product", { nFft: 33, hopSamples: 11 }, null],
    ["a window of twice a prime", { nFft: 46 }, null],
  ] as const
) {
  onWasm(`spectrum() equals its composite: ${what}`, () => {
    const { nFft = 48, hopSamples = 16, ...changes }: Partial<SpectrumForm> = form;
    const whole = formOf(nFft, hopSamples, changes);
    const waves = draw("waves", 3 * SAMPLES);
    const wanted = values(spectrumComposite, waves, whole, filtered);
    assertNear(values(spectrum, waves, whole, filtered), wanted, 1e-5, what);
  });
}

onWasm("a clip's features are the same bytes alone, in a batch, and without a tensor library", async () => {
  const waves = draw("waves", 3 * SAMPLES);
  for (const filtered of [null, bank]) {
    const batch = values(spectrum, waves, FORM, filtered);
    const alone = await openSpectrum({ ...FORM, bank: filtered });
    assertEquals(alone.features(waves, SAMPLES), batch);
    const size = batch.length / 3;
    for (const clip of [2, 0, 1]) {
      const wave = waves.slice(clip * SAMPLES, (clip + 1) * SAMPLES);
      assertEquals(values(spectrum, wave, FORM, filtered), batch.slice(clip * size, (clip + 1) * size));
    }
  }
});

onWasm("spectrum() keeps tables as long as its tensors, and leaves nothing", () => {
  const [tensors, before] = [tf.memory().numTensors, wasmKernels()!.keptBytes];
  values(spectrum, draw("waves", SAMPLES), FORM, bank);
  assertEquals([tf.memory().numTensors, wasmKernels()!.keptBytes], [tensors, before]);
});

onWasm("spectrum() checks shapes", () => {
  tf.tidy(() => {
    const kernels = { wcos: tf.ones<tf.Rank.R3>([25, 1, 48]), wsin: tf.ones<tf.Rank.R3>([25, 1, 48]) };
    const wave = tf.ones<tf.Rank.R2>([1, SAMPLES]);
    assertThrows(() => spectrum(wave, kernels, formOf(50, 16), null), RangeError, "wcos has shape");
    const weights = tf.ones<tf.Rank.R2>([4, 26]);
    assertThrows(() => spectrum(wave, kernels, FORM, { weights, logOffset: null }), RangeError, "bank has");
    assertThrows(() => spectrum(tf.ones([1, 20]), kernels, FORM, null), RangeError, "Cannot cut 20 samples");
  });
});

Deno.test("openSpectrum() refuses windows that cannot be halved; features() clips that cannot be reflected", async () => {
  await assertRejects(() => openSpectrum({ ...formOf(33, 16), bank: null }), RangeError, "even");
  const alone = await openSpectrum({ ...FORM, bank: null });
  assertThrows(() => alone.features(new Float32Array(48), 24), RangeError, "Cannot cut 24 samples");
});

Deno.test("AloneSpectrum grows its memory for long batches", async () => {
  const kernels = await Deno.readFile(new URL("../../../../lib/kernels/wasm/kernels.wasm", import.meta.url));
  const alone = await AloneSpectrum.open({ ...FORM, bank: null }, kernels);
  const clips = 3000;
  const waves = new Float32Array(clips * SAMPLES);
  waves.set(draw("waves", SAMPLES), waves.length - SAMPLES);
  const all = alone.features(waves, SAMPLES);
  const last = alone.features(waves.slice(-SAMPLES), SAMPLES);
  assertEquals(all.slice(-last.length), last);
  assert(all.slice(0, last.length).every((value) => value === 0));
});

Deno.test("tables hold what they say, in the room that is kept for them", () => {
  assertEquals(radicesOf(240), [16, 15]);
  assertEquals(RADICES.map(factorsOf), [[4, 4], [3, 5], [2, 5], [4, 2], [5], [4], [3], [2]]);
  assertEquals(radicesOf(2 * 49 * 13), [2, 7, 7, 13]);
  for (let nFft = 2; nFft < 700; nFft += 2) {
    const half = nFft / 2;
    assertEquals(radicesOf(half).reduce((product, radix) => product * radix, 1), half);
    assert(transformTables(formOf(nFft, 1)).length <= transformFloats(nFft), `${nFft}`);
  }
  const table = bankTable(Float32Array.of(0, 2, 0, 3, 0, 0, 0, 0), 2);
  const integers = new Uint32Array(table.buffer);
  assertEquals([table.length, ...integers.subarray(0, 2), ...integers.subarray(6)], [8, 1, 4, 0, 0]);
  assertEquals([...table.subarray(2, 6)], [2, 0, 3, 0]);
  assert(bankTable(new Float32Array(8).fill(1), 2).length <= bankFloats(2, 4));
});
