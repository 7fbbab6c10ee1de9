/**
 * Front-ends and models as layers of TensorFlow.js, which `model.save` writes and `tf.loadLayersModel` reads. Weights have
 * the names and shapes of the PyTorch modules, and what a layer computes is what the library's own networks compute.
 */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../base/random.ts";
import { loadKind } from "../base/kinds.ts";
import { schemaProblem } from "../base/schema_problem.ts";
import { UserError } from "../base/errors.ts";
import type { FrontendSpec, Layer as Step, StepKind, StepValues } from "../frontends/contract.ts";
import { chainOf, type OpenChain } from "../frontends/open.ts";
import { type Chain, KINDS, planChain, withKind } from "../frontends/plan.ts";
import type { Body, BodyModule, Head, ModelKind, ModelSpec } from "../models/contract.ts";
import { MODELS } from "../models/kinds.ts";
import { shapeOf } from "../nn/representation.ts";
import { disposeState, frozenState } from "../nn/state.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";

type LayerArgs = ConstructorParameters<typeof tf.layers.Layer>[0];

/** What a {@link FrontEndLayer} is made of. */
export interface FrontEndArgs extends NonNullable<LayerArgs> {
  /** See `makeFrontend`; a text in saved models. */
  readonly frontend: FrontendSpec | string;
  /** Of the initial values; 0 by default. */
  readonly seed?: number;
}

/** What a {@link SpeechModelLayer} is made of. */
export interface SpeechModelArgs extends NonNullable<LayerArgs> {
  /** Its kind and values, as `{ kind: "linear" }`; a text in saved models. */
  readonly model: ModelSpec | string;
  /** `clip`: one decision a clip, `[batch, classes]`. `frame`: one a frame, `[batch, frames, classes]`. */
  readonly head?: Head;
  /** Number of logits. */
  readonly classes: number;
  /** Of the initial values and of dropout; 0 by default. */
  readonly seed?: number;
}

interface Loaded {
  readonly steps: ReadonlyMap<string, { readonly kind: StepKind; layer(values: StepValues): Step }>;
  readonly models: ReadonlyMap<string, ModelKind>;
  /** By kind and head. */
  readonly bodies: ReadonlyMap<string, BodyModule>;
}

let loaded: Loaded | undefined;

/**
 * Makes the layers known to TensorFlow.js, so that saved models load: to be awaited once, before layers are made or
 * models are loaded.
 *
 * @param theirs The caller's TensorFlow.js, to see that it is the same copy as the layers'.
 * @throws {Error} If there are two copies.
 */
export async function registerLayers(
  theirs?: { readonly layers: { readonly Layer: unknown } },
): Promise<void> {
  if (theirs !== undefined && theirs.layers.Layer !== tf.layers.Layer) {
    throw new Error(
      "Cannot register layers: this program has two copies of @tensorflow/tfjs, whose tensors and layers do not know " +
        "each other. See that one version is installed (npm ls @tensorflow/tfjs) and bundled",
    );
  }
  loaded ??= await loadAll();
  // Names are literals: a minifier shortens those of classes.
  tf.serialization.registerClass(
    FrontEndLayer as unknown as Parameters<typeof tf.serialization.registerClass>[0],
  );
  tf.serialization.registerClass(
    SpeechModelLayer as unknown as Parameters<typeof tf.serialization.registerClass>[0],
  );
}

/** A network's part as a layer: named tensors, and a forward pass that looks them up. */
abstract class StatefulLayer extends tf.layers.Layer {
  // `declare`: fields would be set again after the base class has run.
  declare protected own: Map<string, tf.Variable>;

  /** @param specs In the order in which they are saved. */
  protected addTensors(specs: readonly TensorSpec[], rng: Rng): void {
    this.own = new Map(specs.map(({ name, shape, trainable, init }) => {
      const apply = () => tf.tensor(init(rng.fork(name)), [...shape], "float32");
      const initializer = { apply } as unknown as ReturnType<typeof tf.initializers.zeros>;
      const weight = this.addWeight(name, [...shape], "float32", initializer, undefined, trainable);
      return [name, weight.read() as tf.Variable];
    }));
  }

  protected mode(kwargs: { readonly training?: boolean } | undefined): ForwardMode {
    return { training: kwargs?.training === true };
  }
}

/**
 * From waves `[batch, samples]` at full scale 1 to what models take, `[batch, bands, frames]`. In training, trained
 * parameters are first brought back into their allowed set.
 */
export class FrontEndLayer extends StatefulLayer {
  static className = "TrainableFrontEnd";
  declare private spec: FrontendSpec;
  declare private seed: number;
  declare private chain: Chain;
  declare private open: OpenChain;
  /** Of what nothing trains: it follows from the specification, and is not saved. */
  declare private frozen: NetworkState | undefined;

  constructor(args: FrontEndArgs) {
    super(args);
    this.spec = parsed<FrontendSpec>(args.frontend);
    this.seed = args.seed ?? 0;
    const kinds = known().steps;
    const steps = this.spec.steps.map((step) => withKind(kindOf(kinds, step.step).kind, step));
    this.chain = planChain(steps);
    this.open = chainOf(
      this.chain,
      this.chain.steps.map(({ spec, values }) => kindOf(kinds, spec.step).layer(values)),
    );
  }

  override build(_inputShape: tf.Shape | tf.Shape[]): void {
    this.frozen = frozenState(this.chain);
    this.addTensors(this.chain.specs, Rng.fromSeed(this.seed).fork("init"));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const mode = this.mode(kwargs);
      const state: NetworkState = new Map([...this.frozen!, ...this.own]);
      if (mode.training) this.open.project(state);
      return this.open.transform(state, onlyOne(inputs), mode, 0, this.chain.steps.length);
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, samples] = shapeIn(inputShape);
    const { framing, representations } = this.chain;
    const length = samples == null ? null : framing.frames(samples);
    return [batch!, ...shapeOf(representations.at(-1)!, -1).map((size) => size === -1 ? length : size)];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), frontend: written(this.spec), seed: this.seed };
  }

  override dispose(): ReturnType<tf.layers.Layer["dispose"]> {
    const result = super.dispose();
    if (result.refCountAfterDispose === 0 && this.frozen !== undefined) {
      disposeState(this.frozen);
      this.frozen = undefined;
    }
    return result;
  }
}

/** From bands over time to logits. */
export class SpeechModelLayer extends StatefulLayer {
  static className = "SpeechModel";
  declare private spec: ModelSpec;
  declare private head: Head;
  declare private classes: number;
  declare private seed: number;
  declare private body: Body;
  declare private steps: number;

  constructor(args: SpeechModelArgs) {
    super(args);
    this.spec = parsed<ModelSpec>(args.model);
    this.head = args.head ?? "clip";
    this.classes = args.classes;
    this.seed = args.seed ?? 0;
    this.steps = 0;
    bodyOf(this.spec, this.head);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = shapeIn(inputShape);
    const [channels, bands, frames] = shape.length === 4 ? shape.slice(1) : [1, ...shape.slice(1)];
    const { module, config } = bodyOf(this.spec, this.head);
    this.body = module.body(
      config,
      { channels: channels!, bands: bands!, frames: frames ?? null },
      this.classes,
    );
    this.addTensors(this.body.specs, Rng.fromSeed(this.seed).fork("init"));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const { training } = this.mode(kwargs);
      const dropout = Rng.fromSeed(this.seed).fork(`dropout ${this.steps}`);
      if (training) this.steps++;
      return this.body.forward(this.own, onlyOne(inputs), training ? { training, dropout } : { training });
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = shapeIn(inputShape);
    return this.head === "clip" ? [shape[0]!, this.classes] : [shape[0]!, shape.at(-1)!, this.classes];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      model: written(this.spec),
      head: this.head,
      classes: this.classes,
      seed: this.seed,
    };
  }
}

async function loadAll(): Promise<Loaded> {
  const steps = await Promise.all(
    Object.keys(KINDS).map(async (name) => {
      const kind = await loadKind(KINDS, name, "step");
      return [name, { kind, layer: (await kind.layer()).layer }] as const;
    }),
  );
  const models = await Promise.all(
    Object.keys(MODELS).map(async (name) => [name, await loadKind(MODELS, name, "model")] as const),
  );
  const bodies = await Promise.all(
    models.flatMap(([name, kind]) =>
      (Object.keys(kind.heads) as Head[]).map(async (head) =>
        [`${name} ${head}`, await kind.load(head)] as const
      )
    ),
  );
  return { steps: new Map(steps), models: new Map(models), bodies: new Map(bodies) };
}

function known(): Loaded {
  if (loaded === undefined) throw new Error("Cannot make a layer before registerLayers() has been awaited");
  return loaded;
}

function kindOf<Kind>(kinds: ReadonlyMap<string, Kind>, name: string): Kind {
  const kind = kinds.get(name);
  if (kind !== undefined) return kind;
  throw new UserError(
    "bad-config",
    `Cannot make a layer of ${name}: there is ${[...kinds.keys()].join(", ")}.`,
  );
}

function bodyOf(spec: ModelSpec, head: Head) {
  const { models, bodies } = known();
  const { data: config, error } = kindOf(models, spec.kind).schema.safeParse(spec);
  if (error !== undefined) {
    throw new UserError("bad-config", `Cannot make a layer of ${spec.kind}: ${schemaProblem(error)}.`);
  }
  const module = bodies.get(`${spec.kind} ${head}`);
  if (module !== undefined) return { module, config };
  throw new UserError(
    "bad-config",
    `Cannot make a layer of ${spec.kind} with a head for each ${head}: it has none.`,
  );
}

/**
 * As saved models have it: JSON in UTF-8, in lower-case hexadecimal digits. TensorFlow.js rewrites all keys and texts of a
 * layer's configuration between `snake_case` and `camelCase`, `1e-10` to `1e10` among them; digits it leaves.
 */
function written(spec: FrontendSpec | ModelSpec): string {
  const bytes = new TextEncoder().encode(JSON.stringify(spec));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function parsed<Spec>(spec: Spec | string): Spec {
  if (typeof spec !== "string") return spec;
  const digits = spec.match(/../g) ?? [];
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(digits, (two) => parseInt(two, 16))));
}

function onlyOne(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}

function shapeIn(shape: tf.Shape | tf.Shape[]): tf.Shape {
  return Array.isArray(shape[0]) ? shape[0] as tf.Shape : shape as tf.Shape;
}
