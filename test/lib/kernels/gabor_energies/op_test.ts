/** Pooled Gabor energies on every backend: their definition, what is left out in frequency, edges of what comes in. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { gaborLimits, melGaborBands } from "../../../../lib/audio/gabor.ts";
import { openBackend } from "../../../../lib/backend/backend_io.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { gaborComposite } from "../../../../lib/kernels/gabor_energies/composite.ts";
import {
  gaborEnergies,
  type GaborForm,
  type GaborParameters,
} from "../../../../lib/kernels/gabor_energies/op.ts";
import { gaborWasm } from "../../../../lib/kernels/gabor_energies/wasm.ts";
import { wasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";
import { onEveryBackend, openForTest } from "../../../support/backends.ts";
import { assertNear, checkOp } from "../op_check.ts";
import { gaborReference } from "./reference.ts";

const FORM: GaborForm = { taps: 401, hopSamples: 160, frames: "centred", cut: 0 };

for (
  const [what, batch, samples, form] of [
    ["five clips", 5, 40, { taps: 9, hopSamples: 4, frames: "centred" }],
    ["the original's frames", 2, 42, { taps: 9, hopSamples: 4, frames: "tensorflow" }],
    ["an odd hop", 1, 61, { taps: 11, hopSamples: 3, frames: "tensorflow" }],
    ["a hop as long as a filter", 2, 30, { taps: 7, hopSamples: 7, frames: "centred" }],
    ["a clip shorter than a filter", 1, 5, { taps: 13, hopSamples: 4, frames: "centred" }],
    ["three samples", 1, 3, { taps: 5, hopSamples: 2, frames: "tensorflow" }],
    ["hops of a large prime", 1, 230, { taps: 61, hopSamples: 29, frames: "centred" }],
    ["windows of many hops", 1, 300, { taps: 101, hopSamples: 2, frames: "centred" }],
  ] as const
) {
  onEveryBackend(
    `gaborEnergies() equals its reference for ${what}`,
    () => checkGabor(what, batch, samples, form),
  );
}

function checkGabor(
  what: string,
  batch: number,
  samples: number,
  form: Omit<GaborForm, "cut">,
): Promise<void> {
  const [, most] = gaborLimits(form.taps).widths;
  return checkOp({
    name: `gabor ${what}`,
    inputs: { wave: [batch, samples], centres: [3], widths: [3], pooling: [3] },
    constant: ["wave"],
    positive: ["centres", "widths", "pooling"],
    op: ({ wave, centres, widths, pooling }) =>
      gaborEnergies(wave as tf.Tensor2D, {
        centres: tf.mul(centres!, 2) as tf.Tensor1D,
        widths: tf.add(tf.mul(widths!, (most - 1.6) / 1.3), 1.6) as tf.Tensor1D,
        pooling: tf.add(tf.mul(pooling!, 0.01), 0.45) as tf.Tensor1D,
      }, { ...form, cut: 0 }),
    reference: ({ wave, centres, widths, pooling }) =>
      gaborReference(wave!, {
        centres: { shape: [3], values: centres!.values.map((v) => 2 * v) },
        widths: { shape: [3], values: widths!.values.map((v) => v * (most - 1.6) / 1.3 + 1.6) },
        pooling: { shape: [3], values: pooling!.values.map((v) => 0.01 * v + 0.45) },
      }, form),
  });
}

onEveryBackend("parameters beyond their limits count as these, and have no gradient", async () => {
  const form = { taps: 21, hopSamples: 8, frames: "centred", cut: 0 } as const;
  const { centres, widths, pooling } = gaborLimits(21);
  const beyond = (
    [least, most]: readonly [number, number],
  ) => [least - 0.1, least, (least + most) / 2, most, most + 0.1];
  const limited = (
    [least, most]: readonly [number, number],
  ) => [least, least, (least + most) / 2, most, most];
  const given = [beyond(centres), beyond(widths), beyond(pooling)].map((values) => tf.tensor1d(values));
  const wave = tf.tensor2d(draw("clamp", 100), [2, 50]);
  const energies = (values: readonly tf.Tensor[]) => {
    const [c, w, p] = values as tf.Tensor1D[];
    return gaborEnergies(wave, { centres: c!, widths: w!, pooling: p! }, form);
  };
  const found = tf.tidy(() => energies(given));
  const wanted = tf.tidy(() =>
    energies([limited(centres), limited(widths), limited(pooling)].map((v) => tf.tensor1d(v)))
  );
  assertNear(await found.data(), await wanted.data(), 1e-6, "energies");
  const gradients = tf.tidy(() => tf.grads((...values: tf.Tensor[]) => tf.sum(energies(values)))(given));
  for (const gradient of gradients) {
    const values = [...await gradient.data()];
    assert(values.every(Number.isFinite));
    assertEquals([values[0], values[4]], [0, 0]);
    assert(values[2] !== 0);
  }
  tf.dispose([wave, found, wanted, ...given, ...gradients]);
});

/** Two of them shorter than what the last frame hears, one of whole hops, one as long as the batch. */
const LENGTHS = [310, 90, 17, 203, 208, 33];

for (
  const form of [
    { taps: 41, hopSamples: 16, frames: "centred", cut: 0 },
    { taps: 31, hopSamples: 16, frames: "centred", cut: 0 }, // no window reaches beyond its own hop
  ] as const
) {
  onEveryBackend(
    `energies of ${form.taps} taps and their gradients are those that each clip has alone`,
    async () => {
      const clips = LENGTHS.map((length, i) => draw(`ragged ${i}`, length));
      const frames = Int32Array.from(LENGTHS, (length) => Math.ceil(length / form.hopSamples));
      const longest = Math.max(...LENGTHS);
      const padded = clips.map((clip) => Float32Array.from({ length: longest }, (_, n) => clip[n] ?? 0));
      const given = [[0.3, 1.2], [4, 7], [0.3, 0.45]].map((values) => tf.tensor1d(values));
      const most = Math.max(...frames);
      const drawn = draw("ragged", 6 * 2 * most).map((value, i) =>
        i % most < frames[Math.floor(i / (2 * most))]! ? value : 0
      );
      const weights = tf.tensor(drawn, [6, 2, most]);
      const energiesOf = (wave: tf.Tensor2D, [c, w, p]: readonly tf.Tensor[], valid?: Int32Array) =>
        gaborEnergies(wave, { centres: c, widths: w, pooling: p } as GaborParameters, form, valid);
      const score = (energies: tf.Tensor, clip: number, count: number) => {
        const own = tf.slice(weights, [clip, 0, 0], [energies.shape[0]!, 2, count]);
        return tf.sum(tf.mul(tf.slice(energies, [0, 0, 0], [-1, -1, count]), own));
      };
      const batch = tf.stack(padded.map((clip) => tf.tensor1d(clip))) as tf.Tensor2D;
      const together = tf.tidy(() => energiesOf(batch, given, frames));
      const masked = tf.tidy(() =>
        tf.grads((...own: tf.Tensor[]) => score(energiesOf(batch, own, frames), 0, most))(given)
      );
      const sums = given.map(() => new Float64Array(2));
      for (const [i, clip] of clips.entries()) {
        const wave = tf.tensor2d(clip, [1, clip.length]);
        const count = frames[i]!;
        const alone = tf.tidy(() => energiesOf(wave, given));
        const found = tf.tidy(() => tf.slice(together, [i, 0, 0], [1, 2, count]));
        assertNear(await found.data(), await alone.data(), 1e-5, `clip ${i}`);
        const own = tf.tidy(() =>
          tf.grads((...x: tf.Tensor[]) => score(energiesOf(wave, x), i, count))(given)
        );
        for (const [k, gradient] of own.entries()) {
          (await gradient.data()).forEach((value, m) => sums[k]![m]! += value);
        }
        tf.dispose([wave, alone, found, ...own]);
      }
      for (const [k, gradient] of masked.entries()) {
        assertNear(await gradient.data(), sums[k]!, 1e-4, `gradient ${k}`);
      }
      tf.dispose([batch, together, weights, ...given, ...masked]);
    },
  );
}

onEveryBackend("a filter with a parameter that is NaN has energies that are NaN, at once", async () => {
  const wave = tf.tensor2d(draw("nan", 100), [1, 100]);
  for (const name of ["centres", "widths", "pooling"] as const) {
    const given = (own: keyof GaborParameters, value: number) =>
      tf.tensor1d([value, own === name ? NaN : value]);
    const energies = tf.tidy(() =>
      gaborEnergies(
        wave,
        { centres: given("centres", 1), widths: given("widths", 4), pooling: given("pooling", 0.4) },
        { taps: 21, hopSamples: 8, frames: "centred", cut: 3e-4 },
      )
    );
    const second = (await energies.data()).subarray(13);
    assert(second.every(Number.isNaN), `${name}: ${second}`);
    energies.dispose();
  }
  wave.dispose();
});

/** Values and gradients of `sum(log(max(energies, 1e-5)) * weights)`. */
interface Found {
  readonly energies: Float32Array;
  readonly gradients: readonly Float32Array[];
}

function evaluated(
  operation: typeof gaborEnergies,
  waves: Float32Array,
  clips: number,
  form: GaborForm,
  [centres, widths, pooling]: readonly Float32Array[],
): Found {
  return tf.tidy(() => {
    const wave = tf.tensor2d(waves, [clips, waves.length / clips]);
    const given = [centres!, widths!, pooling!].map((values) => tf.tensor1d(values));
    const energies = (values: readonly tf.Tensor[]) => {
      const [c, w, p] = values as tf.Tensor1D[];
      return operation(wave, { centres: c!, widths: w!, pooling: p! }, form);
    };
    const made = energies(given);
    const weights = tf.tensor(draw("weights", made.size), made.shape);
    const gradients = tf.grads((...values: tf.Tensor[]) =>
      tf.sum(tf.mul(tf.log(tf.maximum(energies(values), 1e-5)), weights))
    )(given);
    return {
      energies: made.dataSync<"float32">().slice(),
      gradients: gradients.map((gradient) => gradient.dataSync<"float32">().slice()),
    };
  });
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

const START = { sampleRate: 16000, nMels: 40, fMinHz: 60, fMaxHz: 7800 };

function start(nMels: number, sampleRate = 16000): Float32Array[] {
  const { centres, widths } = melGaborBands({
    ...START,
    nMels,
    sampleRate,
    fMaxHz: Math.min(7800, sampleRate / 2),
  });
  return [centres, widths, new Float32Array(nMels).fill(0.4)];
}

for (
  const [what, samples, form, sampleRate] of [
    ["a clip of a hop more than a second", 16160, {}, 16000],
    ["a sample more than a second, and the original's frames", 16001, { frames: "tensorflow" }, 16000],
    ["a window's length", 401, {}, 16000],
    ["half a second at 22,050 Hz", 11025, { taps: 551, hopSamples: 220 }, 22050],
    ["half a second at 11,025 Hz", 5512, { taps: 275, hopSamples: 110, frames: "tensorflow" }, 11025],
    ["0.3 s at 44,100 Hz", 13230, { taps: 1103, hopSamples: 441 }, 44100],
    ["two seconds at 8 kHz", 16000, { taps: 201, hopSamples: 80 }, 8000],
  ] as const
) {
  onWasm(`in frequency, energies of ${what} are those of the definition`, () => {
    const given = start(6, sampleRate);
    const waves = draw(what, samples);
    const wanted = evaluated(gaborComposite, waves, 1, { ...FORM, ...form }, given);
    // cut 0: rounding alone. Else what is left out.
    for (const [cut, values, slopes] of [[0, 5e-6, 2e-5], [1e-3, 5e-4, 5e-3]] as const) {
      const found = evaluated(gaborEnergies, waves, 1, { ...FORM, ...form, cut }, given);
      assertNear(found.energies, wanted.energies, values, `energies with cut ${cut}`);
      found.gradients.forEach((gradient, i) =>
        assertNear(gradient, wanted.gradients[i]!, slopes, `gradient ${i} with cut ${cut}`)
      );
    }
  });
}

onWasm(
  "quiet bands beside a pure tone, and the frames where it begins, are off by as much as the cut says",
  () => {
    const given = start(40);
    const noise = draw("quiet", 16000);
    const tone = noise.map((v, n) =>
      1e-3 * v + (n > 8000 ? 0.5 * Math.sin(2 * Math.PI * 1000 / 16000 * n) : 0)
    );
    const exact = logsOf(evaluated(gaborEnergies, tone, 1, FORM, given).energies);
    for (const [cut, mean, most] of [[1e-4, 1e-3, 0.3], [1e-3, 2e-2, 2]] as const) {
      const logs = logsOf(evaluated(gaborEnergies, tone, 1, { ...FORM, cut }, given).energies);
      const errors = logs.map((value, i) => Math.abs(value - exact[i]!));
      const average = errors.reduce((sum, v) => sum + v, 0) / errors.length;
      assert(
        average < mean && Math.max(...errors) < most,
        `cut ${cut}: mean ${average}, most ${Math.max(...errors)}`,
      );
    }
  },
);

onWasm("filters at every limit give what the definition gives, in the default precision too", () => {
  const { centres, widths, pooling } = gaborLimits(401);
  const corners = [0, 1].flatMap((c) =>
    [0, 1].flatMap((w) => [0, 1].map((p) => [centres[c]!, widths[w]!, pooling[p]!]))
  );
  const given = [0, 1, 2].map((i) => Float32Array.from(corners, (corner) => corner[i]!));
  const waves = draw("corners", 2 * 8000);
  const wanted = evaluated(gaborComposite, waves, 2, FORM, given);
  for (const [cut, tolerance] of [[0, 1e-5], [1e-3, 2e-3]] as const) {
    const found = evaluated(gaborEnergies, waves, 2, { ...FORM, cut }, given);
    assertNear(found.energies, wanted.energies, tolerance, `cut ${cut}`);
  }
});

onWasm("a clip's energies are the same bytes alone and in any batch", () => {
  const waves = draw("batch", 6 * 4000);
  const given = start(8);
  const form = { ...FORM, cut: 1e-3 };
  const batch = evaluated(gaborEnergies, waves, 6, form, given).energies;
  const size = batch.length / 6;
  for (const clip of [0, 3, 5]) {
    const alone =
      evaluated(gaborEnergies, waves.slice(clip * 4000, (clip + 1) * 4000), 1, form, given).energies;
    assertEquals(alone, batch.slice(clip * size, (clip + 1) * size));
  }
});

onWasm(
  "values are the same bytes with and without gradients, and whether outputs are kept for these or not",
  () => {
    const waves = draw("kept", 5 * 4000);
    const given = start(8);
    const form = { ...FORM, cut: 1e-3 };
    const found = evaluated(gaborEnergies, waves, 5, form, given);
    const keptNothing: typeof gaborEnergies = (wave, parameters, form) => {
      return gaborWasm(wasmKernels()!, wave, parameters, form, undefined, 0);
    };
    assertEquals(evaluated(keptNothing, waves, 5, form, given), found);
    const alone = tf.tidy(() => {
      const [centres, widths, pooling] = given.map((values) => tf.tensor1d(values));
      const parameters = { centres: centres!, widths: widths!, pooling: pooling! };
      return gaborEnergies(tf.tensor2d(waves, [5, 4000]), parameters, form).dataSync<"float32">();
    });
    assertEquals(alone, found.energies);
  },
);

onWasm("nothing is left behind", () => {
  const once = () => evaluated(gaborEnergies, draw("left", 4000), 1, { ...FORM, cut: 1e-3 }, start(4));
  once();
  const [tensors, before] = [tf.memory().numTensors, wasmKernels()!.keptBytes];
  once();
  assertEquals([tf.memory().numTensors, wasmKernels()!.keptBytes], [tensors, before]);
});

onWasm("what is kept for clips of many lengths has a bound, and values do not depend on it", () => {
  const kernels = wasmKernels()!;
  const [centres, widths, pooling] = start(8).map((values) => tf.tensor1d(values));
  const parameters = { centres: centres!, widths: widths!, pooling: pooling! }; // as of a front-end that is frozen
  const energies = (hops: number) =>
    tf.tidy(() => {
      const wave = tf.tensor2d(draw("lengths", 160 * hops), [1, 160 * hops]);
      return gaborEnergies(wave, parameters, { ...FORM, cut: 3e-4 }).dataSync<"float32">().slice();
    });
  const lengths = Array.from({ length: 12 }, (_, i) => 20 + 3 * i);
  const before = kernels.keptBytes;
  const free = lengths.map(energies);
  const ofAll = kernels.keptBytes - before;
  const most = kernels.mostKeptBytes;
  kernels.mostKeptBytes = ofAll / 3;
  try {
    for (const again of [1, 2]) {
      lengths.forEach((hops, i) => {
        assertEquals(energies(hops), free[i], `${hops} hops, time ${again}`);
        assert(kernels.keptBytes <= ofAll / 3, `${kernels.keptBytes} bytes after ${hops} hops`);
      });
    }
  } finally {
    kernels.mostKeptBytes = most;
    tf.dispose(Object.values(parameters));
  }
});

Deno.test("gaborEnergies() checks what it gets", async () => {
  await openForTest("cpu");
  tf.tidy(() => {
    const wave = tf.zeros<tf.Rank.R2>([1, 500]);
    const of = (size: number) => tf.ones<tf.Rank.R1>([size]);
    const parameters: GaborParameters = { centres: of(3), widths: of(3), pooling: of(3) };
    assertThrows(
      () => gaborEnergies(wave, parameters, { ...FORM, frames: "tensorflow" }, Int32Array.of(2)),
      RangeError,
      "wanted centred",
    );
    assertThrows(
      () => gaborEnergies(wave, { ...parameters, widths: of(2) }, FORM),
      RangeError,
      "widths has shape",
    );
    assertThrows(
      () => gaborEnergies(wave, parameters, { ...FORM, taps: 400 }),
      RangeError,
      "wanted odd taps",
    );
    assertThrows(
      () => gaborEnergies(wave, parameters, { ...FORM, hopSamples: 500 }),
      RangeError,
      "wanted odd taps",
    );
  });
});

function logsOf(energies: Float32Array): Float64Array {
  return Float64Array.from(energies, (energy) => Math.log(Math.max(energy, 1e-5)));
}

function draw(seed: string, length: number): Float32Array {
  const rng = Rng.fromSeed(seed);
  return Float32Array.from({ length }, () => 0.3 * rng.normal());
}
