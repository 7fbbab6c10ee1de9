/** The network of a checkpoint from anywhere: as its file says, or as the configuration has it. Pure. */
import { blamingFile } from "../../lib/base/blame.ts";
import { UserError } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { loadKind } from "../../lib/base/kinds.ts";
import { schemaProblem } from "../../lib/base/schema_problem.ts";
import type { StoredTensor } from "../../lib/formats/safetensors.ts";
import { loadFrontend, ownParts } from "../../lib/frontends/front_end.ts";
import type { ModelKind } from "../../lib/models/contract.ts";
import { MODELS } from "../../lib/models/kinds.ts";
import type { CheckpointRecord } from "../../lib/records/checkpoint.ts";
import { type Checked, frontendContext } from "../config/check.ts";
import { dataClaims, frontendClaims, typesTrained } from "./checkpoint_claims.ts";
import type { Typed } from "./checkpoint_config.ts";
import { planFrontend, type PlannedNetwork, planNetwork } from "./network.ts";

export interface CheckpointFile {
  readonly path: string;
  /** What it says of itself; null: nothing. */
  readonly said: CheckpointRecord | null;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * @returns The network, and what its outputs mean where that is known.
 * @throws {UserError} `usage` if what is typed is not what the file says.
 */
export async function planCheckpoint(
  typed: Typed,
  { path, said, tensors }: CheckpointFile,
): Promise<{ readonly network: PlannedNetwork; readonly classes: readonly string[] | null }> {
  const { checked } = typed;
  if (said !== null) {
    const { fitted, network } = await blamingFile(path, async () => {
      const fitted = await asSaid(typed, said);
      return { fitted, network: await planFrontend(fitted, said.frontend) };
    });
    const { config } = checked;
    const claims = [
      ...(typed.typed.has("model") && config.model.kind !== said.model.kind
        ? [`model ${said.model.kind}`]
        : []),
      ...dataClaims(typed, fitted.config.dataset),
      ...await frontendClaims(said, {
        ...typed,
        checked: sampled(typed.checked, said),
        usual: sampled(typed.usual, said),
      }),
    ];
    if (claims.length > 0) {
      throw new UserError(
        "usage",
        `Cannot evaluate ${path} with what is typed: the file says that it is of ${
          claims.join(", ")
        }. Leave out what the file says of itself.`,
      );
    }
    return { network, classes: said.classes };
  }
  const context = frontendContext(checked.config, checked.kinds);
  const trained = typesTrained(typed.typed)
    ? context.trained
    : await ownParts(checked.config.frontend, context, tensors);
  return { network: await planNetwork(checked, trained), classes: null };
}

/** The configuration with the model of a file, on recordings like those that it was trained on. */
async function asSaid({ checked, typed }: Typed, said: CheckpointRecord): Promise<Checked> {
  const { config, kinds } = sampled(checked, said);
  const model = await loadKind<ModelKind>(MODELS, said.model.kind, "model");
  await loadFrontend(said.frontend.kind);
  const cut: JsonObject = said.clipSamples !== null && "clip_samples" in config.dataset
    ? { clip_samples: said.clipSamples }
    : {};
  const dataset = { ...kinds.dataset.withClasses(config.dataset, said.classes), ...cut };
  const fits = kinds.dataset.schema.safeParse(dataset);
  if (!fits.success) throw new UserError("bad-config", `dataset.${schemaProblem(fits.error)}`);
  const typedOfModel = [...typed].filter((key) => key.startsWith("model.")).map((key) =>
    key.split(".").slice(1)
  );
  return {
    kinds: { ...kinds, model },
    config: { ...config, dataset, model: overlaid(said.model, config.model, typedOfModel) },
  };
}

/** Values of `base`, but those at some paths as in `typed`. */
function overlaid<Base extends JsonObject>(
  base: Base,
  typed: JsonObject,
  paths: readonly (readonly string[])[],
): Base {
  return paths.reduce<Base>((all, [key, ...rest]) => {
    const [old, value]: (Json | undefined)[] = [all[key!], typed[key!]];
    if (value === undefined) return all;
    return { ...all, [key!]: isObject(old) && isObject(value) ? overlaid(old, value, [rest]) : value };
  }, base);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sampled({ config, kinds }: Checked, { sampleRate }: CheckpointRecord): Checked {
  return { kinds, config: { ...config, dataset: { ...config.dataset, sample_rate: sampleRate } } };
}
