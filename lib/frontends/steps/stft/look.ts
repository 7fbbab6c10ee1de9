import { copyOf } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";

export async function look(
  { module, nFft }: Values,
  state: NetworkState,
  sampleRate: number,
): Promise<readonly View[]> {
  const wcos = await copyOf(state, `${module}.wcos`);
  const wsin = await copyOf(state, `${module}.wsin`);
  return [{ type: "kernels", wcos, wsin, nFft, sampleRate }];
}
