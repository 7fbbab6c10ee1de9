/** Cepstral coefficients and Kaldi's energies against librosa, nnAudio and Kaldi itself. */
import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cepstrumBasis } from "../../../lib/audio/cepstrum.ts";
import { binCount } from "../../../lib/audio/framing.ts";
import { melFilters } from "../../../lib/audio/mel_scale.ts";
import { windowInFrame } from "../../../lib/audio/windows.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { assertNear } from "../kernels/op_check.ts";
import { goldenWaves } from "../models/golden_case.ts";
import { frontendOf, opened } from "./papers.ts";
import { assertReference } from "./references.ts";

const MFCC = frontendOf("mfcc", "A");
/** Kaldi computes in float32: against float64 its logarithms are off by up to 2.9e-4, of some 30. */
const OF_KALDI = 2e-5;

for (
  const [name, spec, tolerance] of [
    ["mfcc_librosa", MFCC, 3e-6],
    ["mfcc_librosa_lifter22", frontendOf("mfcc", "A", { lifter: 22 }), 3e-6],
    ["mfcc_nnaudio", MFCC, 3e-6],
    ["fbank_kaldi", frontendOf("fbank", "A"), OF_KALDI],
    ["mfcc_kaldi", frontendOf("mfcc_kaldi", "A"), OF_KALDI],
  ] as const
) {
  onEveryBackend(`features are those of the original: ${name}`, async () => {
    const cached = await cachedOf(spec);
    const seen = name.endsWith("kaldi") ? tf.transpose(cached, [0, 2, 1]) : cached;
    assertReference(name, await seen.data<"float32">(), tolerance);
    tf.dispose([cached, seen]);
  });
}

onEveryBackend("Kaldi's logarithms are those of its algorithm in float64", async () => {
  const cached = await cachedOf(frontendOf("fbank", "A"));
  const waves = goldenWaves();
  const wave = (await waves.data<"float32">()).subarray(0, 16000);
  const values = await cached.data<"float32">();
  for (const t of [0, 47, 94, 97]) {
    const logs = Array.from({ length: 40 }, (_, m) => values[m * 98 + t]!);
    assertNear(logs, kaldiLogs(wave.subarray(t * 160, t * 160 + 400)), 1e-5, `frame ${t}`);
  }
  tf.dispose([cached, waves]);
});

onEveryBackend("digital silence is the floor's logarithm, and its cepstrum that of a constant", async () => {
  for (const name of ["fbank", "mfcc_kaldi"]) {
    const frontend = await opened(await frontendOf(name, "A"));
    const silence = tf.zeros<tf.Rank.R2>([1, 800]);
    const cached = frontend.cache(silence);
    const [first, second] = [await cached.data(), Math.log(1.1920928955078125e-7)];
    assertAlmostEquals(first[0]!, second, 1e-4);
    assertAlmostEquals(first[3 * 3 + 1]!, name === "fbank" ? second : 0, 1e-4);
    tf.dispose([silence, cached]);
  }
});

Deno.test("cepstrumBasis() is orthonormal, and lifters weigh its rows as each convention does", () => {
  const plain = cepstrumBasis({ bands: 9, coefficients: 9, lifter: 0, lifterFrom: 0 });
  for (let a = 0; a < 9; a++) {
    for (let b = 0; b < 9; b++) {
      const product = Array.from({ length: 9 }, (_, m) => plain[a * 9 + m]! * plain[b * 9 + m]!);
      assertAlmostEquals(product.reduce((sum, x) => sum + x), a === b ? 1 : 0, 1e-6);
    }
  }
  for (const lifterFrom of [0, 1] as const) {
    const lifted = cepstrumBasis({ bands: 9, coefficients: 4, lifter: 22, lifterFrom });
    for (let k = 0; k < 4; k++) {
      const weight = 1 + 11 * Math.sin(Math.PI * (k + lifterFrom) / 22);
      assertAlmostEquals(lifted[k * 9]!, weight * plain[k * 9]!, 1e-5);
    }
  }
});

Deno.test("a chain's coefficients are bands to models, in units of what they are made of", async () => {
  const { representations, shown, frozen } = await opened(await MFCC);
  assertEquals(representations.map(({ name }) => name), ["waveform", "power", "mel", "decibels", "cepstrum"]);
  assertEquals(representations.at(-1)!.axes[0], { name: "band", size: 20 });
  assertEquals(representations.at(-1)!.unit, "cepstrum of dB");
  assertEquals([shown, frozen], [4, 4]);
});

async function cachedOf(spec: Promise<FrontendSpec>): Promise<tf.Tensor> {
  const waves = goldenWaves();
  const { cache } = await opened(await spec);
  const cached = cache(waves);
  waves.dispose();
  return cached;
}

/** Of one frame, by definition. */
function kaldiLogs(wave: Float32Array): number[] {
  const [samples, nFft, bins] = [wave.length, 512, binCount(512)];
  const window = windowInFrame({ name: "povey", samples, periodic: false }, samples);
  const filters = melFilters({
    ...{ sampleRate: 16000, nFft, nMels: 40, fMinHz: 20, fMaxHz: 8000 },
    ...{ scale: "htk", norm: "none", slopes: "mel" },
  });
  const raw = Float64Array.from(wave, (x) => x * 32768);
  const mean = raw.reduce((sum, x) => sum + x) / samples;
  const frame = raw.map((x, n) => window[n]! * (x - mean - 0.97 * (raw[Math.max(0, n - 1)]! - mean)));
  const power = Float64Array.from({ length: bins }, (_, k) => {
    let [re, im] = [0, 0];
    for (let n = 0; n < samples; n++) {
      const angle = 2 * Math.PI * (k * n % nFft) / nFft;
      re += frame[n]! * Math.cos(angle);
      im += frame[n]! * Math.sin(angle);
    }
    return re * re + im * im;
  });
  return Array.from({ length: 40 }, (_, m) => {
    const energy = power.reduce((sum, x, k) => sum + x * filters[m * bins + k]!, 0);
    return Math.log(Math.max(energy, 1.1920928955078125e-7));
  });
}
