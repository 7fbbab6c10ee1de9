/** Front-ends as a whole: from a configuration, in a checkpoint, beside another one. Pure. */
import { Rng } from "../base/random.ts";
import { loadKind } from "../base/kinds.ts";
import { sameValues } from "../nn/same_values.ts";
import { COMPRESSIONS } from "./compressions/kinds.ts";
import type {
  CompressionKind,
  FrontendConfig,
  FrontendContext,
  FrontendKind,
  FrontendSpec,
  Parts,
} from "./contract.ts";
import { FRONTENDS } from "./kinds.ts";
import { orderedParts, partsOf } from "./parts.ts";
import { planSteps } from "./plan.ts";

/** @throws {UserError} `bad-config` for a name that is not known. */
export function loadFrontend(name: string): Promise<FrontendKind> {
  return loadKind(FRONTENDS, name, "front-end");
}

/** @throws {UserError} `bad-config` for a name that is not known. */
export function loadCompression(name: string): Promise<CompressionKind> {
  return loadKind(COMPRESSIONS, name, "compression");
}

/** The kinds of a front-end and of the compression behind it. @throws {UserError} `bad-config` for one that is not known. */
export async function loadFrontendKinds(
  frontend: { readonly kind: string },
  compression: { readonly kind: string },
): Promise<{ readonly frontend: FrontendKind; readonly compression: CompressionKind }> {
  return {
    frontend: await loadFrontend(frontend.kind),
    compression: await loadCompression(compression.kind),
  };
}

/** What people call the parts of a front-end as checkpoints hold it. @throws {UserError} `bad-config` for kinds that are not known. */
export async function wordsOfParts({ kind, steps }: FrontendSpec): Promise<Parts> {
  const { parts } = await loadFrontend(kind);
  const behind = steps.filter(({ step }) => Object.hasOwn(COMPRESSIONS, step));
  const compressions = await Promise.all(behind.map(({ step }) => loadCompression(step)));
  return Object.assign({}, parts, ...compressions.map((compression) => compression.parts));
}

/**
 * A front-end from its configuration, which is taken as checked: the chain of its steps, as plain values.
 *
 * @param config As its kind's schema gives it. @throws {UserError} `bad-config` for a kind that is not known.
 */
export async function makeFrontend(config: FrontendConfig, context: FrontendContext): Promise<FrontendSpec> {
  const kinds = await loadFrontendKinds(config, context.compression);
  return {
    kind: config.kind,
    sample_rate: context.sampleRate,
    trained: orderedParts(kinds, context.trained),
    steps: kinds.frontend.steps(config, context),
  };
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
  const kinds = await loadFrontendKinds(config, context.compression);
  const own: string[] = [];
  for (const part of Object.keys(partsOf(kinds))) {
    const { specs } = await planSteps(kinds.frontend.steps(config, { ...context, trained: [part] }));
    const differs = specs.some(({ name, trainable, init }) => {
      const found = tensors.get(name);
      return trainable && found !== undefined && !sameValues(found.data, init(Rng.fromSeed(0).fork(name)));
    });
    if (differs) own.push(part);
  }
  return own;
}
