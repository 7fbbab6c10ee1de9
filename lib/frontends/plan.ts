/** Plans a front-end: what its steps make of a wave, what can be computed once and cached, what is trained. Pure. */
import type { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import { type KindList, loadKind } from "../base/kinds.ts";
import { parseRecord } from "../base/record.ts";
import { type Representation, WAVEFORM } from "../nn/representation.ts";
import type { TensorSpec } from "../nn/types.ts";
import { COMPRESSIONS } from "./compressions/kinds.ts";
import type { Framing, StepKind, StepSpec, StepValues } from "./contract.ts";
import { STEPS } from "./steps/kinds.ts";

/** A step with the code that knows it. */
export interface LoadedStep {
  readonly spec: StepSpec;
  readonly values: StepValues;
  readonly kind: StepKind;
}

/** Steps one after the other. Point 0 is the wave, point i what the first i steps make of it. */
export interface Chain {
  readonly steps: readonly LoadedStep[];
  /** At each point, one more than there are steps. */
  readonly representations: readonly Representation[];
  /**
   * The point behind the longest prefix in which nothing is trained, varies with the batch or only levels values out:
   * what is computed once and cached.
   */
  readonly frozen: number;
  /** The last point before steps that only level values out: what drawings show. */
  readonly shown: number;
  readonly framing: Framing;
  /** Tensors behind the frozen prefix. */
  readonly specs: readonly TensorSpec[];
  /** Tensors of the frozen prefix. */
  readonly frozenSpecs: readonly TensorSpec[];
}

/** All steps, compressions among them. */
export const KINDS: KindList<StepKind> = { ...STEPS, ...COMPRESSIONS };

/** @throws {UserError} `bad-config` for a step that is not known, `bad-file` for values that it does not take. */
export function loadSteps(specs: readonly StepSpec[]): Promise<readonly LoadedStep[]> {
  return Promise.all(specs.map(async (spec) => withKind(await loadKind(KINDS, spec.step, "step"), spec)));
}

/** @throws {RangeError} If a step cannot take in what the one before it makes, or none makes frames. */
export function planChain(given: readonly LoadedStep[]): Chain {
  const representations = [WAVEFORM];
  for (const { kind, values } of given) representations.push(kind.output(values, representations.at(-1)!));
  const shown = given.findLastIndex(({ kind }) => !kind.levels) + 1;
  const changing = given.findIndex(({ kind, values }) => values.trained || kind.variesWithBatch(values));
  const frozen = changing === -1 ? shown : Math.min(shown, changing);
  const steps = given.map((step, i) => i < frozen ? stilled(step) : step);
  const tensors = (from: number, to?: number) =>
    steps.slice(from, to).flatMap(({ kind, values }, i) => kind.tensors(values, representations[from + i]!));
  return {
    steps,
    representations,
    frozen,
    shown,
    framing: framingOf(steps),
    specs: tensors(frozen),
    frozenSpecs: tensors(0, frozen),
  };
}

/** The chain of steps in their file form. */
export async function planSteps(specs: readonly StepSpec[]): Promise<Chain> {
  return planChain(await loadSteps(specs));
}

/** What cached features depend on and nothing else: the frozen prefix. Equal steps mean equal features. */
export function cachedSteps({ steps, frozen }: Chain): StepSpec[] {
  return steps.slice(0, frozen).map(({ spec }) => computedBy(spec));
}

/** A step without the name of its tensors, of which nothing that it computes depends. */
export function computedBy(spec: StepSpec): StepSpec {
  return without(spec, ["module"]);
}

/** What bands hear of the spectrum when training starts. */
export interface SpectrumCoverage {
  readonly bands: number;
  /** Bands without a bin: they are constant. */
  readonly empty: number;
  /** Bands with bins, all of which a mask sets to zero: they are constant too, as was asked for. */
  readonly masked: number;
  /** Bands with one bin, which another band has alone as well: they say the same; a mask aside. */
  readonly doubled: number;
  /** Bins that reach no band, a mask aside. */
  readonly uncoveredBins: number;
}

export function spectrumCoverage({ steps }: Pick<Chain, "steps">): SpectrumCoverage {
  const found = { bands: 0, empty: 0, masked: 0, doubled: 0, uncoveredBins: 0 };
  let mask: readonly [number, number] = [0, 0];
  for (const { kind, values } of steps) {
    mask = kind.masked?.(values) ?? mask;
    const coverage = kind.coverage?.(values) ?? null;
    if (coverage === null) continue;
    const { bands, bins, hears } = coverage;
    const reached = new Uint8Array(bins);
    const alone = new Set<number>();
    for (let band = 0; band < bands; band++) {
      let [heard, last, left] = [0, -1, 0];
      for (let bin = 0; bin < bins; bin++) {
        if (!hears(band, bin)) continue;
        reached[bin] = 1;
        heard++;
        last = bin;
        if (bin < mask[0] || bin >= mask[1]) left++;
      }
      if (heard === 0) found.empty++;
      else if (left === 0) found.masked++;
      else if (heard === 1 && alone.has(last)) found.doubled++;
      else if (heard === 1) alone.add(last);
    }
    found.bands += bands;
    for (const isReached of reached) found.uncoveredBins += 1 - isReached;
  }
  return found;
}

/** A sentence on bands that say little, if there are any. */
export function idleText(
  { bands, empty, masked, doubled }: Omit<SpectrumCoverage, "uncoveredBins">,
): string | undefined {
  const behindMask = masked === 0
    ? []
    : [`${masked} of ${bands} bands have all of their bins behind the mask and are constant.`];
  if (empty + doubled === 0) return behindMask[0];
  const idle =
    `Of ${bands} bands ${empty} have no bin of the spectrum and are constant, and ${doubled} have one bin alone that ` +
    `another has as well: fewer bands (frontend.n_mels), a longer window (frontend.n_fft) or a wider range would do more.`;
  return [idle, ...behindMask].join(" ");
}

/** The stretch of the spectrum that is set to zero, in Hz; null: none is. @param sampleRate In Hz. */
export function maskedHz(
  { steps }: Pick<Chain, "steps">,
  sampleRate: number,
): readonly [number, number] | null {
  let hz: Float64Array = new Float64Array();
  for (const { kind, values } of steps) {
    hz = kind.binsHz?.(values, sampleRate) ?? hz;
    const masked = kind.masked?.(values);
    if (masked === undefined || hz.length < 2) continue;
    const [start, end] = masked;
    return [hz[start]!, hz[end] ?? 2 * hz.at(-1)! - hz.at(-2)!];
  }
  return null;
}

/** A copy without some of its keys. */
export function without<Spec extends JsonObject>(spec: Spec, keys: readonly string[]): Spec {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !keys.includes(key))) as Spec;
}

/** Without what steers training, which would move the last bits of tensors that are kept in other units for it. */
function stilled({ kind, spec }: LoadedStep): LoadedStep {
  return withKind(kind, without(spec, kind.ofTraining));
}

/** @throws {UserError} `bad-file` for values that the kind does not take. */
export function withKind(kind: StepKind, spec: StepSpec): LoadedStep {
  const schema: z.ZodType<StepValues> = kind.schema;
  const values = parseRecord(
    schema,
    spec,
    `Cannot use a front-end's step ${spec.step}`,
    "It was not made by this version of the program.",
  );
  return { kind, spec, values };
}

function framingOf(steps: readonly LoadedStep[]): Framing {
  const framing = steps.flatMap(({ kind, values }) => kind.framing?.(values) ?? [])[0];
  if (framing !== undefined) return framing;
  const names = steps.map(({ spec }) => spec.step).join(", ");
  throw new RangeError(`Cannot use the steps ${names || "none"} as a front-end: none makes frames of a wave`);
}
