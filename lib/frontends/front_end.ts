/** Front-ends as a whole: from a configuration, in a checkpoint, beside another one. Pure. */
import { Rng } from "../base/random.ts";
import { loadKind } from "../base/kinds.ts";
import { sameValues } from "../nn/same_values.ts";
import {
  type FrontendConfig,
  type FrontendContext,
  type FrontendKind,
  type FrontendSpec,
  type Setting,
  SETTINGS,
  type StepSpec,
} from "./contract.ts";
import { FRONTENDS } from "./kinds.ts";
import { loadSteps, planSteps, without } from "./plan.ts";

/** @throws {UserError} `bad-config` for a name that is not known. */
export function loadFrontend(name: string): Promise<FrontendKind> {
  return loadKind(FRONTENDS, name, "front-end");
}

/** @param config As its kind's schema gives it. */
export async function makeFrontend(config: FrontendConfig, context: FrontendContext): Promise<FrontendSpec> {
  const kind = await loadFrontend(config.kind);
  return {
    kind: config.kind,
    sample_rate: context.sampleRate,
    trained: Object.keys(kind.parts).filter((part) => context.trained.includes(part)),
    steps: kind.steps(config, context),
  };
}

/** The setting that trains just these parts; null: none does. */
export function settingOf({ settings }: FrontendKind, trained: readonly string[]): Setting | null {
  const wanted = trained.toSorted().join();
  return SETTINGS.find((setting) => settings[setting].toSorted().join() === wanted) ?? null;
}

/**
 * The parts that a checkpoint has values of its own for: it carries tensors of theirs that differ from the values every
 * training starts from, or are of another size. Such a part must be computed from the checkpoint; one without can be
 * cached beforehand.
 *
 * @param context Its trained parts do not count.
 */
export async function ownParts(
  config: FrontendConfig,
  context: FrontendContext,
  tensors: ReadonlyMap<string, { readonly data: Parameters<typeof sameValues>[0] }>,
): Promise<string[]> {
  const kind = await loadFrontend(config.kind);
  const own: string[] = [];
  for (const part of Object.keys(kind.parts)) {
    const { specs } = await planSteps(kind.steps(config, { ...context, trained: [part] }));
    const differs = specs.some(({ name, trainable, init }) => {
      const found = tensors.get(name);
      return trainable && found !== undefined && !sameValues(found.data, init(Rng.fromSeed(0).fork(name)));
    });
    if (differs) own.push(part);
  }
  return own;
}

/**
 * The values that give other features from the same tensors, as `stft.n_fft: 512 there, 480 here`.
 * @param found Of a checkpoint. @param wanted What it is about to be used with.
 */
export async function frontendDifferences(found: FrontendSpec, wanted: FrontendSpec): Promise<string[]> {
  const [there, here] = [await valuesOf(found, found), await valuesOf(wanted, found)];
  const keys = [...new Set([...there.keys(), ...here.keys()])];
  return keys.filter((key) => there.get(key) !== here.get(key))
    .map((key) => `${key}: ${there.get(key) ?? "nothing"} there, ${here.get(key) ?? "nothing"} here`);
}

/** What of a front-end decides its features, as text. @param found Whether its trained tensors come from here. */
async function valuesOf(
  { sample_rate, steps }: FrontendSpec,
  found: FrontendSpec,
): Promise<ReadonlyMap<string, string>> {
  const trained = found.steps.filter((spec) => spec.trained).map(({ step }) => step);
  const values = (await loadSteps(steps)).flatMap(({ spec, kind }) => {
    const passed = trained.includes(spec.step) ? [...kind.ofTraining, ...kind.ofStart] : kind.ofTraining;
    return Object.entries(without(spec, ["step", "trained", "module", ...passed]))
      .map(([key, value]) => [`${spec.step}.${key}`, JSON.stringify(value)] as const);
  });
  return new Map([
    ["sample_rate", `${sample_rate}`],
    ["steps", steps.map(({ step }: StepSpec) => step).join(" ")],
    ...values,
  ]);
}
