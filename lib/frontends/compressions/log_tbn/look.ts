import { copyOf } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** Exponents, and what the norm of the logs themselves scales and shifts by; another channel's are beside these. */
export async function look({ module }: Values, state: NetworkState): Promise<readonly View[]> {
  const exponents = await copyOf(state, `${module}.log1p.a`);
  const ofLogs = async (name: string, last: string): Promise<View> => ({
    type: "values",
    name,
    unit: "",
    values: (await copyOf(state, `${module}.TBN.bn.${last}`)).slice(0, exponents.length),
  });
  return [
    { type: "values", name: "exponent a of ln(1 + 10^a x)", unit: "", values: exponents },
    await ofLogs("scale of normalised logs", "weight"),
    await ofLogs("offset of normalised logs", "bias"),
  ];
}
