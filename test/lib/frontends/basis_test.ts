/** Mel filters, DFT kernels and frame counts that the front-ends are made of. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { dftBasis } from "../../../lib/audio/dft_basis.ts";
import { frameCount, type Framing } from "../../../lib/audio/framing.ts";
import { periodicHann } from "../../../lib/audio/windows.ts";
import { hzToMel, melCorners, melFilters, melToHz } from "../../../lib/audio/mel_scale.ts";
import { Golden } from "../../fixtures/golden/golden.ts";
import { openForTest } from "../../support/backends.ts";
import { nnAudio, opened } from "./papers.ts";

const golden = new Golden();

for (const nMels of [10, 20, 30, 40]) {
  Deno.test(`melFilters() equals nnAudio's bit by bit for ${nMels} bands`, () => {
    const { step, values } = golden.sample(`frontend/mel_basis_${nMels}`);
    const filters = melFilters({ sampleRate: 16000, nFft: 480, nMels, fMinHz: 0, fMaxHz: 8000 });
    values.forEach((value, i) => assertEquals(filters[i * step], value));
  });
}

Deno.test("melFilters() have area 1 over frequency for any size", () => {
  for (
    const [sampleRate, nFft, nMels, fMinHz, fMaxHz] of [[16000, 4096, 64, 20, 7000], [8000, 2048, 8, 0, 4000]]
  ) {
    const filters = melFilters({
      sampleRate: sampleRate!,
      nFft: nFft!,
      nMels: nMels!,
      fMinHz: fMinHz!,
      fMaxHz: fMaxHz!,
    });
    const bins = nFft! / 2 + 1;
    for (let m = 0; m < nMels!; m++) {
      const area = filters.subarray(m * bins, (m + 1) * bins).reduce((sum, v) => sum + v, 0) * sampleRate! /
        nFft!;
      assertAlmostEquals(area, 1, 0.02);
    }
  }
});

Deno.test("melFilters() refuses bands that cannot be placed", () => {
  const spec = { sampleRate: 16000, nFft: 480, nMels: 40, fMinHz: 0, fMaxHz: 8000 };
  assertThrows(() => melFilters({ ...spec, nMels: 0 }), RangeError, "0 Mel bands");
  assertThrows(() => melFilters({ ...spec, nMels: 129 }), RangeError, "from 1 to 128");
  assertThrows(() => melFilters({ ...spec, fMaxHz: 9000 }), RangeError, "found fMinHz 0 and fMaxHz 9000");
  assertThrows(() => melFilters({ ...spec, fMinHz: 8000 }), RangeError, "0 <= fMinHz < fMaxHz");
});

Deno.test("hzToMel() is linear below 1 kHz, logarithmic above and undone by melToHz()", () => {
  assertAlmostEquals(hzToMel(200), 3, 1e-12);
  assertAlmostEquals(hzToMel(6400), 42, 1e-9);
  for (const hz of [0, 500, 999, 1000, 4321, 8000]) assertAlmostEquals(melToHz(hzToMel(hz)), hz, 1e-8);
  const corners = melCorners({ sampleRate: 16000, nFft: 480, nMels: 3, fMinHz: 100, fMaxHz: 8000 });
  assertEquals(corners.length, 5);
  assertAlmostEquals(corners[0]!, 100, 1e-9);
  assertAlmostEquals(corners[4]!, 8000, 1e-9);
});

Deno.test("dftBasis() equals nnAudio's kernels", () => {
  const basis = dftBasis(480);
  for (const name of ["wcos", "wsin"] as const) golden.check(`frontend/${name}`, basis[name], 2e-7);
});

Deno.test("periodicHann() is periodic: the value after the last would be the first", () => {
  const window = periodicHann(8);
  assertAlmostEquals(window[4]!, 1, 1e-7);
  assertAlmostEquals(window[1]!, window[7]!, 1e-7);
  assertEquals(window[0], 0);
});

Deno.test("frameCount() counts the frames that the front-end makes", async () => {
  await openForTest("wasm");
  for (
    const [samples, nFft, hopSamples] of [[16000, 480, 160], [401, 64, 160], [1000, 65, 33], [999, 400, 160]]
  ) {
    const { cache } = await opened(await nnAudio("B", { n_fft: nFft!, hop_samples: hopSamples! }));
    const power = tf.tidy(() => cache(tf.zeros([1, samples!])));
    assertEquals(power.shape[1], frameCount(samples!, reflected(nFft!, hopSamples!)));
    power.dispose();
  }
  assert(frameCount(16000, reflected(480, 160)) === 101);
});

Deno.test("frameCount() refuses clips too short to be reflected and sizes that are not whole", () => {
  assertThrows(
    () => frameCount(240, reflected(480, 160)),
    RangeError,
    "wanted a whole number from 241",
  );
  assertThrows(() => frameCount(16000, reflected(480, 0)), RangeError, "hopSamples = 0");
});

function reflected(frameSamples: number, hopSamples: number): Framing {
  return { frameSamples, hopSamples, padding: "reflect" };
}
