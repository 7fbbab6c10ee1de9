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
} from "./contract.ts";
import { FRONTENDS } from "./kinds.ts";
import { planSteps } from "./plan.ts";

/** @throws {UserError} `bad-config` for a name that is not known. */
export function loadFrontend(name: string): Promise<FrontendKind> {
  return loadKind(FRONTENDS, name, "front-end");
}

/**
 * A front-end from its configuration, which is taken as checked: the chain of its steps, as plain values.
 *
 * @param config As its kind's schema gives it. @throws {UserError} `bad-config` for a kind that is not known.
 */
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
