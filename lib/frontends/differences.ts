/** What tells one front-end from another: a checkpoint's from that which it is about to be used with. Pure. */
import type { FrontendSpec, StepSpec } from "./contract.ts";
import { loadSteps, without } from "./plan.ts";

/**
 * The values that give other features from the same tensors, as `stft.n_fft: 512 there, 480 here`.
 * @param found Of a checkpoint. @param wanted What it is about to be used with.
 */
export async function frontendDifferences(found: FrontendSpec, wanted: FrontendSpec): Promise<string[]> {
  const [there, here] = [await frontendValues(found, found), await frontendValues(wanted, found)];
  const keys = [...new Set([...there.keys(), ...here.keys()])];
  return keys.filter((key) => there.get(key) !== here.get(key))
    .map((key) => `${key}: ${there.get(key) ?? "nothing"} there, ${here.get(key) ?? "nothing"} here`);
}

/** `mel.n_mels` and the like, each as JSON text. */
export type FrontendValues = ReadonlyMap<string, string>;

/** What of a front-end decides its features. @param found The checkpoint's, whose trained tensors are used. */
export async function frontendValues(
  { sample_rate, steps }: FrontendSpec,
  found: FrontendSpec,
): Promise<FrontendValues> {
  const trained = found.steps.filter((spec) => spec.trained).map(({ step }) => step);
  const values = (await loadSteps(steps)).flatMap(({ spec, kind }) => {
    const passed = trained.includes(spec.step) ? [...kind.ofTraining, ...kind.ofStart] : kind.ofTraining;
    return Object.entries(without(kind.schema.parse(spec), ["step", "trained", "module", ...passed]))
      .map(([key, value]) => [`${spec.step}.${key}`, JSON.stringify(value)] as const);
  });
  return new Map([
    ["sample_rate", `${sample_rate}`],
    ["steps", steps.map(({ step }: StepSpec) => step).join(" ")],
    ...values,
  ]);
}
