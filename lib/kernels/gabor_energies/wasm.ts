/** {@link gaborEnergies} on WebAssembly: see `wasm.as.ts` and `plan.ts`. */
import * as tf from "@tensorflow/tfjs";
import { gaborLimits } from "../../audio/gabor.ts";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import { passTable, separatingTable } from "../spectrum/tables.ts";
import { radicesOf } from "../spectrum/radices.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import { countedSamples, endingEarly, lengthened } from "./lengths.ts";
import { bandOf, type GaborBand, type GaborGeometry, geometryOf, within } from "./plan.ts";
import { tapSequences, windowSequences } from "./sequences.ts";
import type { GaborForm, GaborParameters } from "./types.ts";

const LANES = 4;
/** Real and imaginary part of four clips. */
const POINT_FLOATS = 2 * LANES;
/** Chunks for each of several threads. */
const PARTS_OF_THREAD = 4;
/** 512 MiB. */
const MOST_KEPT_FLOATS = 2 ** 27;
/** Words of `GaborPlan` and of each `GaborFilter`. */
const [PLAN_WORDS, FILTER_WORDS] = [20, 11];
/** Sequences of a chunk. */
const OF_CHUNK = 8;

/** Values of the parameters within their limits, each `[M]`. */
interface Values {
  readonly centres: Float64Array;
  readonly widths: Float64Array;
  readonly pooling: Float64Array;
}

/** All that is decided before a clip is looked at. */
interface Plan {
  readonly form: GaborForm;
  readonly geometry: GaborGeometry;
  readonly batch: number;
  readonly values: Values;
  readonly bands: readonly GaborBand[];
  /** Floats of each filter's rows. */
  readonly rowFloats: readonly number[];
  readonly groups: number;
  readonly parts: number;
  readonly mostPoints: number;
  readonly mostReach: number;
  readonly keptPoints: number;
}

/** Addresses of what kernels read beside the clips. */
interface Prepared {
  readonly plan: number;
  readonly filters: number;
  /** Of the clips. */
  readonly spectra: number;
}

/** @param mostKept Numbers that are kept for the gradient; where it takes more, outputs of filters are computed again. */
export function gaborWasm(
  kernels: WasmKernels,
  wave: tf.Tensor2D,
  parameters: GaborParameters,
  form: GaborForm,
  validFrames?: Int32Array,
  mostKept = MOST_KEPT_FLOATS,
): tf.Tensor3D {
  const energies = (clips: tf.Tensor2D) => ofWhole(kernels, clips, parameters, form, mostKept);
  return validFrames === undefined
    ? energies(lengthened(wave, countedSamples(wave.shape[1], form)))
    : endingEarly(wave, validFrames, form, energies);
}

/** Of clips that end with the batch. */
function ofWhole(
  kernels: WasmKernels,
  wave: tf.Tensor2D,
  parameters: GaborParameters,
  form: GaborForm,
  mostKept: number,
): tf.Tensor3D {
  const plan = planOf(kernels, wave, parameters, form);
  const { geometry, batch, groups, parts, keptPoints } = plan;
  const keep = recordsGradients();
  const keptFloats = groups * keptPoints * POINT_FLOATS;
  const { centres, widths, pooling } = parameters;
  return differentiable(
    { centres, widths, pooling },
    (save) => {
      const out = kernels.output<tf.Tensor3D>([batch, plan.bands.length, geometry.frames]);
      const kept = keep && keptFloats <= mostKept ? kernels.output([keptFloats]) : undefined;
      withPrepared(kernels, plan, wave, parameters, keep, ({ plan: description, filters, spectra }) => {
        const args = [description, filters, spectra, kept?.address ?? 0, out.address];
        kernels.run(COMPILED.gaborForward, groups * parts, args, scratchBytes(plan));
      });
      save(wave, centres, widths, pooling, ...(kept === undefined ? [] : [kept.tensor]));
      return out.tensor;
    },
    (dOut, saved) => {
      const clips = savedAt<tf.Tensor2D>(saved, 0);
      const given = { centres: saved[1], widths: saved[2], pooling: saved[3] } as GaborParameters;
      const kept = saved[4] === undefined ? 0 : kernels.addressOf(saved[4]);
      const sums = (name: "gaborFilterSums" | "gaborPoolingSums", kinds: number) => {
        const floats = groups * plan.bands.length * kinds * LANES;
        return withPrepared(
          kernels,
          plan,
          clips,
          given,
          true,
          ({ plan: description, filters, spectra }) =>
            kernels.borrow(floats, (address) => {
              const args = [description, filters, spectra, kept, kernels.addressOf(dOut), address];
              kernels.run(COMPILED[name], groups * parts, args, scratchBytes(plan));
              return addUp(kernels.view(address, floats), plan, kinds);
            }),
        );
      };
      let ofFilters: readonly Float64Array[] | undefined;
      const filterSums = () => ofFilters ??= sums("gaborFilterSums", 2);
      const limits = gaborLimits(form.taps);
      const gradient = (name: keyof GaborParameters, found: Float64Array): tf.Tensor => {
        const [least, most] = limits[name].map(Math.fround) as [number, number]; // as the values are rounded
        const values = kernels.view(kernels.addressOf(given[name]), found.length);
        return tf.tensor1d(
          Float32Array.from(found, (sum, m) => values[m]! < least || values[m]! > most ? 0 : sum),
        );
      };
      return {
        centres: () => gradient("centres", filterSums()[0]!),
        widths: () => gradient("widths", filterSums()[1]!),
        pooling: () => gradient("pooling", sums("gaborPoolingSums", 1)[0]!),
      };
    },
  );
}

function planOf(
  kernels: WasmKernels,
  wave: tf.Tensor2D,
  parameters: GaborParameters,
  form: GaborForm,
): Plan {
  const [batch, samples] = wave.shape;
  const limits = gaborLimits(form.taps);
  const read = (name: keyof GaborParameters) => {
    const found = kernels.view(kernels.addressOf(parameters[name]), parameters[name].size);
    return Float64Array.from(found, (value) => within(value, limits[name]));
  };
  const values = { centres: read("centres"), widths: read("widths"), pooling: read("pooling") };
  const geometry = geometryOf(samples, form);
  const { frames, firstInner, endInner, inner, edge, hops } = geometry;
  const bands = Array.from(
    values.centres,
    (centre, m) => bandOf([centre, values.widths[m]!, values.pooling[m]!], form, geometry),
  );
  const edges = frames - (endInner - firstInner);
  const points = bands.map(({ ofHop }) => ofHop * hops);
  const groups = Math.ceil(batch / LANES);
  return {
    form,
    geometry,
    batch,
    values,
    bands,
    rowFloats: bands.map(({ ofHop }) => 2 * ofHop * (inner.hops + edges * edge.hops)),
    groups,
    parts: kernels.threads === 1
      ? 1
      : Math.min(bands.length, Math.max(1, Math.ceil(PARTS_OF_THREAD * kernels.threads / groups))),
    mostPoints: Math.max(...points),
    mostReach: Math.max(inner.hops, edge.hops) * Math.max(...bands.map(({ ofHop }) => ofHop)),
    keptPoints: points.reduce((sum, count) => sum + count, 0),
  };
}

/** Two buffers, energies, gradients of frames in three forms. */
function scratchBytes({ geometry, mostPoints, mostReach }: Plan): number {
  const { frames, hops, inner } = geometry;
  const vectors = 4 * mostPoints + (mostPoints + mostReach) + 3 * frames + hops + 2 * inner.hops;
  return vectors * LANES * 4;
}

function passesOf(kernels: WasmKernels, length: number): number {
  return kernels.table(`passes ${length}`, () => passTable(length));
}

/**
 * Gains last as long as centres and widths do, rows as long as all parameters, tables and both as long as there is room.
 * What has addresses of these in it is written anew each time.
 */
function withPrepared<T>(
  kernels: WasmKernels,
  plan: Plan,
  wave: tf.Tensor2D,
  { centres, widths, pooling }: GaborParameters,
  slopes: boolean,
  use: (prepared: Prepared) => T,
): T {
  const { form, geometry, values, bands, rowFloats } = plan;
  const { length, inner, edge } = geometry;
  const { hopSamples, taps, cut } = form;
  const half = (taps - 1) / 2;
  const kinds = slopes ? 3 : 1;
  const named = `${length} ${taps} ${hopSamples} ${cut}`;
  const gainFloats = bands.map(({ count }) => count * kinds);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const words = PLAN_WORDS + FILTER_WORDS * bands.length;
  return kernels.holding(() =>
    kernels.borrow(words, (description) => {
      const filters = description + 4 * PLAN_WORDS;
      kernels.writeIntegers(description, planWords(plan));
      const describe = (gains: number, rows: number) => {
        let [gain, row, kept] = [gains, rows, 0];
        bands.forEach(({ first, count, ofHop }, f) => {
          const points = ofHop * geometry.hops;
          // deno-fmt-ignore
          kernels.writeIntegers(filters + 4 * FILTER_WORDS * f, [
            first, count, points, ofHop, passesOf(kernels, points), radicesOf(points).length % 2, gain, row,
            passesOf(kernels, inner.hops * ofHop), passesOf(kernels, edge.hops * ofHop), kept,
          ]);
          gain += 4 * gainFloats[f]!;
          row += 4 * rowFloats[f]!;
          kept += points;
        });
      };
      const gains = kernels.kept(
        `gabor gains ${kinds} ${named}`,
        [centres, widths],
        sum(gainFloats),
        (address) => {
          describe(address, 0);
          // The transform of a clip is twice what it should be.
          const sequences = tapSequences(values.centres, values.widths, half, slopes, 1 / (2 * length));
          const passes = passesOf(kernels, length);
          withNumbers(kernels, sequences, (sequences) =>
            kernels.run(
              COMPILED.gaborGains,
              Math.ceil(bands.length * kinds / OF_CHUNK),
              [description, filters, sequences, kinds, passes],
              2 * length * POINT_FLOATS * 4,
            ));
        },
      );
      const rows = kernels.kept(
        `gabor rows ${named} ${geometry.samples} ${form.frames}`,
        [centres, widths, pooling],
        sum(rowFloats),
        (address) => {
          describe(gains, address);
          const [innerLength, edgeLength] = [inner.hops * hopSamples, edge.hops * hopSamples];
          const most = Math.max(innerLength, edgeLength);
          const passes = [passesOf(kernels, innerLength), passesOf(kernels, edgeLength)];
          withNumbers(kernels, windowSequences(values.pooling, half), (windows) =>
            kernels.run(
              COMPILED.gaborRows,
              bands.length,
              [description, filters, windows, ...passes],
              4 * most * POINT_FLOATS * 4,
            ));
        },
      );
      describe(gains, rows);
      return use({ plan: description, filters, spectra: spectraOf(kernels, plan, description, wave) });
    })
  );
}

function planWords(
  { form, geometry, batch, bands, parts, mostPoints, mostReach, keptPoints }: Plan,
): number[] {
  const { samples, length, frames, before, firstInner, endInner, inner, edge } = geometry;
  // deno-fmt-ignore
  return [
    bands.length, batch, samples, length, form.hopSamples, (form.taps - 1) / 2, frames, before, firstInner, endInner,
    inner.hops, inner.before, edge.hops, edge.before, parts, mostPoints, mostReach, keptPoints,
  ];
}

/** Spectra of the clips, kept as long as these. */
function spectraOf(kernels: WasmKernels, plan: Plan, description: number, wave: tf.Tensor2D): number {
  const { length } = plan.geometry;
  const half = length / 2;
  return kernels.kept(
    `gabor spectra ${length}`,
    [wave],
    plan.groups * (half + 1) * POINT_FLOATS,
    (address) => {
      const factors = kernels.table(`separating ${length}`, () => separatingTable(length));
      const passes = passesOf(kernels, half);
      kernels.run(
        COMPILED.gaborClips,
        plan.groups,
        [description, kernels.addressOf(wave), passes, factors, address],
        2 * half * POINT_FLOATS * 4,
      );
    },
  );
}

function withNumbers(kernels: WasmKernels, numbers: Float32Array, use: (address: number) => void): void {
  kernels.borrow(numbers.length, (address) => {
    kernels.view(address, numbers.length).set(numbers);
    use(address);
  });
}

/** Sums over clips, those that are not there being zero. @param sums `[groups, M, kinds, lanes]`. @returns `[kinds][M]`. */
function addUp(sums: Float32Array, { groups, bands }: Plan, kinds: number): Float64Array[] {
  const made = Array.from({ length: kinds }, () => new Float64Array(bands.length));
  let at = 0;
  for (let group = 0; group < groups; group++) {
    for (let m = 0; m < bands.length; m++) {
      for (const ofKind of made) {
        for (let lane = 0; lane < LANES; lane++) ofKind[m]! += sums[at++]!;
      }
    }
  }
  return made;
}
