/** What a checkpoint made of a part of a network. */
import { Rng } from "../base/random.ts";
import type { TensorFile } from "../formats/safetensors.ts";
import { createState } from "../nn/state.ts";
import type { NetworkState, TensorSpec } from "../nn/types.ts";
import { assignValues } from "./snapshot.ts";

/** A checkpoint's values where it has them, else the initial ones. */
export function learnedState(specs: readonly TensorSpec[], { tensors }: TensorFile): NetworkState {
  const state = createState({ specs }, Rng.fromSeed(0));
  const values = new Map<string, Float32Array>();
  for (const name of state.keys()) {
    const data = tensors.get(name)?.data;
    if (data instanceof Float32Array) values.set(name, data);
  }
  assignValues(new Map([...state].filter(([name]) => values.has(name))), values);
  return state;
}
