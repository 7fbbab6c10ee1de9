/** Fits a checkpoint from anywhere to a network: by name, with every misfit named in one error. */
import { Rng } from "../base/random.ts";
import type { StoredTensor, TensorFile } from "../formats/safetensors.ts";
import { sameValues } from "../nn/same_values.ts";
import type { NetworkState, TensorSpec } from "../nn/types.ts";
import { plainNames } from "../formats/plain_names.ts";
import { assignValues, type Values } from "./snapshot.ts";
import { valueProblem } from "./value_problem.ts";

export interface ImportedState {
  /** Of the tensors that the file has. */
  readonly values: Values;
  /** Front-end parameters that the file lacks: they keep the values every training starts from. */
  readonly initial: readonly string[];
  /** What the file has beside the network's tensors and nothing here depends on. */
  readonly ignored: readonly string[];
  /** Why the file does not fit, in words; none: it does. */
  readonly misfits: readonly string[];
  /** What no network can compute with, in words. */
  readonly damage: readonly string[];
  /** Names of tensors that the file lacks, that the network does not know, and that it computes with beforehand. */
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
  readonly fixed: readonly string[];
}

/** Last parts of names that PyTorch modules store and no computation here reads. */
const IGNORED = ["num_batches_tracked", "window_mask"];

/**
 * @param specs The network's tensors.
 * @param prefix Tensors of the frozen prefix: the file may have them, with the values the prefix computes with.
 * @param path Of the file, for errors.
 * @returns With a misfit for each tensor of another shape or type, missing, unknown, or trained where the network's
 *   features are computed beforehand. Float64 is rounded to float32.
 * @throws {UserError} `bad-file` if two tensors are the same one in different wrappings.
 */
export function importState(
  specs: readonly TensorSpec[],
  prefix: readonly TensorSpec[],
  file: TensorFile,
  path: string,
): ImportedState {
  const tensors = plainNames(file.tensors, path);
  const values = new Map<string, Float32Array>();
  const initial: string[] = [];
  const problems: string[] = [];
  const missing: TensorSpec[] = [];
  for (const spec of specs) {
    const tensor = tensors.get(spec.name);
    if (tensor !== undefined) {
      const problem = misfit(spec, tensor);
      if (problem === undefined) values.set(spec.name, Float32Array.from(tensor.data as Float32Array));
      else problems.push(problem);
    } else if (spec.group !== "model" && spec.role === "parameter") initial.push(spec.name);
    else missing.push(spec);
  }

  const known = new Set(specs.map(({ name }) => name));
  const rest = [...tensors].filter(([name]) => !known.has(name));
  const ignored = rest.map(([name]) => name).filter((name) => IGNORED.includes(lastPart(name)));
  const unknown: StoredName[] = [];
  const trainedBeforehand: string[] = [];
  for (const [name, tensor] of rest) {
    if (ignored.includes(name)) continue;
    const fixed = prefix.find((spec) => spec.name === name);
    if (fixed === undefined) unknown.push({ name, shape: tensor.shape });
    else if (sameValues(tensor.data, fixed.init(Rng.fromSeed(0).fork(name)))) ignored.push(name);
    else {
      trainedBeforehand.push(name);
      problems.push(`${name}: found trained values, but this setting computes it beforehand`);
    }
  }

  if (missing.length > 0) problems.push(`missing: ${listed(missing)}`);
  if (unknown.length > 0) problems.push(`unknown: ${listed(unknown)}`);
  return {
    values,
    initial,
    ignored,
    misfits: problems,
    damage: [...values].flatMap(([name, found]) => valueProblem(name, found) ?? []),
    missing: missing.map(({ name }) => name),
    unknown: unknown.map(({ name }) => name),
    fixed: trainedBeforehand,
  };
}

type StoredName = Pick<TensorSpec, "name" | "shape">;

/** Enough to see which part of a network they belong to. */
const MOST_LISTED = 8;

function listed(tensors: readonly StoredName[]): string {
  const more = tensors.length - MOST_LISTED;
  const names = tensors.slice(0, MOST_LISTED).map(({ name, shape }) => `${name} [${shape}]`).join(", ");
  return more > 0 ? `${names} and ${more} more` : names;
}

/** Puts what was imported into a network; what the file lacked stays as it is. */
export function assignImported(state: NetworkState, { values }: ImportedState): void {
  assignValues(new Map([...state].filter(([name]) => values.has(name))), values);
}

function misfit({ name, shape }: TensorSpec, tensor: StoredTensor): string | undefined {
  if (tensor.shape.join() !== shape.join()) return `${name}: found [${tensor.shape}], wanted [${shape}]`;
  if (tensor.data instanceof Float32Array || tensor.data instanceof Float64Array) return undefined;
  return `${name}: found whole numbers, wanted floats`;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
