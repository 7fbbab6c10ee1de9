/** Filters with pooling on every backend: values, gradients, edges, padding, threads. */
import * as tf from "@tensorflow/tfjs";
import { assertThrows } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import {
  type FilterTaps,
  pooledFilters,
  type PooledFiltersForm,
} from "../../../../lib/kernels/pooled_filters/op.ts";
import { onEveryBackend, openForTest } from "../../../support/backends.ts";
import { checkOp, type OpCase } from "../op_check.ts";
import { type Dense, dense } from "../reference.ts";

interface Case {
  readonly batch: number;
  readonly samples: number;
  readonly filters: number;
  readonly taps: number;
  readonly width: number;
  readonly form: PooledFiltersForm;
}

const ENERGY: Case = {
  batch: 2,
  samples: 37,
  filters: 3,
  taps: 7,
  width: 9,
  form: { rectifier: "energy", stride: 1, hop: 4, left: 2, reach: 4, frames: 10 },
};

const CASES: Readonly<Record<string, Case>> = {
  "energies at each sample": ENERGY,
  "energies of 40 taps, by transforms": {
    ...ENERGY,
    batch: 1,
    samples: 90,
    taps: 40,
    form: { ...ENERGY.form, frames: 23 },
  },
  "energies of 33 taps in several transforms": {
    ...ENERGY,
    batch: 1,
    samples: 301,
    filters: 1,
    taps: 33,
    form: { ...ENERGY.form, hop: 30, left: 4, reach: 30, frames: 11 },
  },
  "energies at every third sample": {
    ...ENERGY,
    form: { ...ENERGY.form, stride: 3, hop: 2, reach: 2, frames: 7 },
  },
  "windows that end within the clip": {
    ...ENERGY,
    form: { ...ENERGY.form, left: 0, reach: 9, frames: 8 },
  },
  "a window shorter than a hop": { ...ENERGY, width: 3, form: { ...ENERGY.form, left: 0 } },
  "a clip shorter than the filters": { ...ENERGY, samples: 3, form: { ...ENERGY.form, frames: 1 } },
  "five complex filters": { ...ENERGY, filters: 5 },
  "leaky real filters": { ...ENERGY, form: { ...ENERGY.form, rectifier: { slope: 0.2 } } },
  "nine real filters by magnitude": {
    ...ENERGY,
    batch: 1,
    filters: 9,
    form: { ...ENERGY.form, rectifier: { slope: -1 } },
  },
  "leaky real filters of 33 taps": {
    ...ENERGY,
    batch: 1,
    samples: 70,
    filters: 2,
    taps: 33,
    form: { ...ENERGY.form, rectifier: { slope: 0.2 }, frames: 18 },
  },
};

for (const [name, made] of Object.entries(CASES)) {
  onEveryBackend(`pooledFilters(): ${name}`, () => checkOp(weighted(name, made)));
}

for (const name of ["leaky real filters", "energies at every third sample", "energies at each sample"]) {
  onEveryBackend(`pooledFilters(): the largest of ${name}`, () => checkOp(largest(name, CASES[name]!)));
}

onEveryBackend("pooledFilters(): what lies behind a clip's frames changes nothing of it", async () => {
  for (const made of [ENERGY, CASES["leaky real filters of 33 taps"]!]) {
    const { filters, taps, width, form } = made;
    const rng = Rng.fromSeed(5);
    const drawn = (...shape: [number, number]) =>
      tf.tensor2d(Float32Array.from({ length: shape[0] * shape[1] }, () => rng.normal()), shape);
    const [re, im, window] = [drawn(filters, taps), drawn(filters, taps), drawn(filters, width)];
    const bank = { re, im: form.rectifier === "energy" ? im : null };
    const short = drawn(1, 4 * form.hop - 1);
    for (const pooling of [{ window }, { largestOf: width }]) {
      const { alone, beside } = tf.tidy(() => ({
        alone: pooledFilters(short, bank, pooling, { ...form, frames: 4 }),
        beside: tf.slice(
          pooledFilters(
            tf.concat(
              [tf.pad(short, [[0, 0], [0, 30]]), tf.ones([1, short.shape[1] + 30])],
              0,
            ) as tf.Tensor2D,
            bank,
            pooling,
            form,
            Int32Array.of(4, form.frames),
          ),
          [0, 0, 0],
          [1, filters, 4],
        ),
      }));
      const [wanted, found] = [await alone.data(), await beside.data()];
      const scale = Math.max(...wanted.map(Math.abs));
      for (const [i, value] of wanted.entries()) {
        if (!(Math.abs(value - found[i]!) <= 1e-6 * scale)) {
          throw new Error(`at ${i} ${found[i]}, wanted ${value}`);
        }
      }
      tf.dispose([alone, beside]);
    }
    tf.dispose([re, im, window, short]);
  }
});

Deno.test("pooledFilters() refuses taps that do not fit what they count as", async () => {
  await openForTest("wasm");
  const [wave, re] = [tf.zeros([1, 20]), tf.zeros([2, 3])] as tf.Tensor2D[];
  const form = { ...ENERGY.form, frames: 2 };
  const run = (taps: FilterTaps, window: tf.Tensor) =>
    pooledFilters(wave!, taps, { window: window as tf.Tensor2D }, form);
  assertThrows(() => run({ re: re!, im: null }, tf.zeros([2, 4])), RangeError, "complex taps for energies");
  assertThrows(() => run({ re: re!, im: tf.zeros([2, 4]) }, tf.zeros([2, 4])), RangeError, "imaginary taps");
  assertThrows(() => run({ re: re!, im: re! }, tf.zeros([3, 4])), RangeError, "window");
});

function weighted(name: string, made: Case): OpCase {
  const { batch, samples, filters, taps, width, form } = made;
  return {
    name,
    inputs: { ...tapsOf(made), wave: [batch, samples], window: [filters, width] },
    constant: ["wave"],
    op: ({ wave, window, ...bank }) =>
      pooledFilters(wave as tf.Tensor2D, bankOf(bank), { window: window as tf.Tensor2D }, form),
    reference: ({ wave, re, im, window }) =>
      framesOf(wave!, [re!, im], taps, form, (e, from, band) => {
        let sum = 0;
        for (let p = 0; p < width; p++) sum += (e[from + p] ?? 0) * window!.values[band * width + p]!;
        return sum;
      }),
  };
}

function largest(name: string, made: Case): OpCase {
  const { batch, samples, taps, width, form } = made;
  return {
    name,
    inputs: { ...tapsOf(made), wave: [batch, samples] },
    constant: ["wave"],
    op: ({ wave, ...bank }) => pooledFilters(wave as tf.Tensor2D, bankOf(bank), { largestOf: width }, form),
    reference: ({ wave, re, im }) =>
      framesOf(
        wave!,
        [re!, im],
        taps,
        form,
        (e, from) => Math.max(...Array.from({ length: width }, (_, p) => e[from + p] ?? -Infinity)),
      ),
  };
}

function tapsOf({ filters, taps, form }: Case): Record<string, number[]> {
  return form.rectifier === "energy" ? { re: [filters, taps], im: [filters, taps] } : { re: [filters, taps] };
}

function bankOf({ re, im }: Record<string, tf.Tensor>): FilterTaps {
  return { re: re as tf.Tensor2D, im: (im as tf.Tensor2D | undefined) ?? null };
}

/** By the definition. @param pool Of e of all positions, from one of them on. */
function framesOf(
  wave: Dense,
  [re, im]: readonly [Dense, Dense | undefined],
  taps: number,
  { rectifier, stride, hop, left, reach, frames }: PooledFiltersForm,
  pool: (e: readonly number[], from: number, band: number) => number,
): Dense {
  const [batch, samples] = wave.shape as [number, number];
  const [filters] = re.shape as [number, number];
  const y = (weights: Dense, clip: number, band: number, position: number) => {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const at = position * stride - ((taps - 1) >> 1) + k;
      if (at >= 0 && at < samples) {
        sum += wave.values[clip * samples + at]! * weights.values[band * taps + k]!;
      }
    }
    return sum;
  };
  const values: number[] = [];
  for (let clip = 0; clip < batch; clip++) {
    for (let band = 0; band < filters; band++) {
      const e = Array.from({ length: (frames - 1) * hop + reach }, (_, position) => {
        const real = y(re, clip, band, position);
        return rectifier === "energy"
          ? real ** 2 + y(im!, clip, band, position) ** 2
          : Math.max(real, rectifier.slope * real);
      });
      for (let t = 0; t < frames; t++) values.push(pool(e, t * hop - left, band));
    }
  }
  return dense([batch, filters, frames], () => values.shift()!);
}
