import { binFrequencies } from "../../../audio/bins.ts";
import { copyOf } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import { formOf } from "./form.ts";
import type { Values } from "./kind.ts";

export async function look(
  values: Values,
  state: NetworkState,
  sampleRate: number,
): Promise<readonly View[]> {
  const wcos = await copyOf(state, `${values.module}.wcos`);
  const wsin = await copyOf(state, `${values.module}.wsin`);
  const binsHz = Float32Array.from(binFrequencies({ ...values, sampleRate }));
  return [{ type: "kernels", wcos, wsin, samples: formOf(values).frameSamples, sampleRate, binsHz }];
}
