/** Network states and whole snapshots as named tensors, ready for a safetensors file. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";
import type { StoredTensor, TensorFile, WritableData } from "../formats/safetensors.ts";
import type { TensorSpec } from "../nn/types.ts";
import { epochSchema } from "../records/history.ts";
import type { BestState, Snapshot, Values } from "./snapshot.ts";
import { valueProblem } from "./value_problem.ts";

type WritableTensors = ReadonlyMap<string, StoredTensor<WritableData>>;

type NamedShape = Pick<TensorSpec, "name" | "shape">;

/** What arrays a snapshot holds. */
export interface SnapshotLayout {
  readonly network: readonly TensorSpec[];
  /** An optimizer's state, or its shapes by name. */
  readonly optimizer: ReadonlyMap<string, { readonly shape: readonly number[] }>;
}

/** Everything of a snapshot that is not an array. */
const headSchema = z.strictObject({
  epoch: z.int().nonnegative(),
  steps: z.int().nonnegative(),
  /** Steps that the whole training is to have; null: its rates do not depend on that. */
  horizon: z.int().nonnegative().nullable(),
  /** How many states the average is made of; null: none is kept. */
  averaged: z.int().nonnegative().nullable(),
  best: z.strictObject({ epoch: z.int(), validation_loss: z.number(), score: z.number() }).nullable(),
  history: z.array(epochSchema),
});

export type SnapshotHead = Parsed<typeof headSchema>;

const HEAD = "snapshot";

/** A network's state under the names and shapes of its PyTorch modules. */
export function stateTensors(specs: readonly NamedShape[], values: Values): WritableTensors {
  return new Map(specs.map(({ name, shape }) => [name, { shape, data: valueOf(values, name) }]));
}

/**
 * A network's state out of a file; float64 is rounded to float32, PyTorch's batch counters are left out.
 * @param file Names the file in errors.
 * @throws {UserError} `bad-file` if a tensor is missing, too many, of another shape or type, or has impossible values.
 */
export function stateFrom(specs: readonly NamedShape[], { tensors }: TensorFile, file: string): Values {
  const wanted = new Set(specs.map(({ name }) => name));
  const strange = [...tensors.keys()].filter((name) => !wanted.has(name) && !isBatchCounter(name));
  if (strange.length > 0) refuse(file, `unknown tensors ${strange.join(", ")}`, [...wanted].join(", "));
  return new Map(specs.map((spec) => [spec.name, floats(spec, tensors.get(spec.name), file)]));
}

/** A snapshot as one file; {@link snapshotFrom} reads it back to the last bit. */
export function snapshotTensors(
  layout: SnapshotLayout,
  snapshot: Snapshot,
): { readonly tensors: WritableTensors; readonly metadata: Readonly<Record<string, string>> } {
  const { epoch, steps, horizon, history, average, best } = snapshot;
  const head: SnapshotHead = {
    epoch,
    steps,
    horizon,
    averaged: average === null ? null : average.updates,
    history,
    best: best && { epoch: best.epoch, validationLoss: best.validationLoss, score: best.score },
  };
  const tensors = new Map([
    ...prefixed("state", layout.network, snapshot.state),
    ...prefixed("optimizer", optimizerShapes(layout), snapshot.optimizer),
    ...(average === null ? [] : prefixed("average", layout.network, average.state)),
    ...(best === null ? [] : prefixed("best", layout.network, best.state)),
  ]);
  return { tensors, metadata: { [HEAD]: JSON.stringify(toFile(headSchema, head)) } };
}

/**
 * What a snapshot's metadata tell of it without its arrays.
 * @throws {UserError} `bad-file` if the file is no snapshot.
 */
export function snapshotHead(metadata: TensorFile["metadata"], file: string): SnapshotHead {
  const text = metadata[HEAD];
  if (text === undefined) refuse(file, "no snapshot in its metadata", "a training's snapshot");
  return parseRecordText(headSchema, text, `Cannot go on from ${file}`, "Train from the beginning.");
}

/** @throws {UserError} `bad-file` if the file is no snapshot of such a network and such an optimizer. */
export function snapshotFrom(layout: SnapshotLayout, content: TensorFile, file: string): Snapshot {
  const { epoch, steps, horizon, averaged, history, best } = snapshotHead(content.metadata, file);
  return {
    epoch,
    steps,
    horizon,
    history,
    state: stateFrom(layout.network, unprefixed("state", content), file),
    optimizer: stateFrom(optimizerShapes(layout), unprefixed("optimizer", content), file),
    average: averaged === null
      ? null
      : { updates: averaged, state: stateFrom(layout.network, unprefixed("average", content), file) },
    best: best && bestFrom(best, stateFrom(layout.network, unprefixed("best", content), file)),
  };
}

function bestFrom(head: NonNullable<SnapshotHead["best"]>, state: Values): BestState {
  return { ...head, state };
}

function optimizerShapes({ optimizer }: SnapshotLayout): NamedShape[] {
  return [...optimizer].map(([name, { shape }]) => ({ name, shape }));
}

function prefixed(prefix: string, specs: readonly NamedShape[], values: Values) {
  return [...stateTensors(specs, values)].map(([name, tensor]) => [`${prefix}/${name}`, tensor] as const);
}

function unprefixed(prefix: string, { tensors, metadata }: TensorFile): TensorFile {
  const start = `${prefix}/`;
  const matching = [...tensors].filter(([name]) => name.startsWith(start));
  return { tensors: new Map(matching.map(([name, tensor]) => [name.slice(start.length), tensor])), metadata };
}

function valueOf(values: Values, name: string): Float32Array {
  const found = values.get(name);
  if (found === undefined) throw new Error(`No values for ${name}`);
  return found;
}

function floats({ name, shape }: NamedShape, tensor: StoredTensor | undefined, file: string): Float32Array {
  if (tensor === undefined) refuse(file, `no tensor ${name}`, `one of shape [${shape}]`);
  if (tensor.shape.join() !== shape.join()) {
    refuse(file, `${name} of shape [${tensor.shape}]`, `[${shape}]`);
  }
  if (!(tensor.data instanceof Float32Array || tensor.data instanceof Float64Array)) {
    refuse(file, `${name} of whole numbers`, "floats");
  }
  const values = Float32Array.from(tensor.data);
  const problem = valueProblem(name, values);
  if (problem === undefined) return values;
  throw new UserError("bad-file", `Cannot load ${file}: ${problem}. Take another one, or train again.`);
}

/** PyTorch's batch norm counts batches; nothing here depends on the count. */
function isBatchCounter(name: string): boolean {
  return name.endsWith(".num_batches_tracked");
}

function refuse(file: string, found: string, wanted: string): never {
  throw new UserError(
    "bad-file",
    `Cannot load ${file}: found ${found}, wanted ${wanted}. The file belongs to another network; use the ` +
      `configuration it was trained with, or train again.`,
  );
}
