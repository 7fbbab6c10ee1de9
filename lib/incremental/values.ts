/** Values of a network's tensors, as layers over a stream take them. */
import { copied } from "../nn/state.ts";
import type { NetworkState } from "../nn/types.ts";
import type { Tensors } from "./layers/weights.ts";

/** @param state Is read now and not needed later. */
export async function valuesOf(state: NetworkState): Promise<Tensors> {
  const values = new Map<string, Float32Array>();
  for (const [name, tensor] of state) values.set(name, await copied(tensor));
  return (name) => {
    const found = values.get(name);
    if (found === undefined) throw new Error(`The network's state has no tensor ${JSON.stringify(name)}`);
    return found;
  };
}
