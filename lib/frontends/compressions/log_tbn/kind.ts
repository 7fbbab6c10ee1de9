/** EfficientLEAF's compression: log1p of energies times a factor for each band, then batch norm band by band. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { constant } from "../../../nn/init.ts";
import { type Representation, sizesOf } from "../../../nn/representation.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { CompressionKind } from "../../contract.ts";

const values = {
  /** Where every band's exponent starts: ln(1 + 10^a x). */
  a: z.number().min(-10).max(30),
  /** Adds a channel: logs minus their median over the clip's frames, which takes off what does not change. */
  median: z.boolean(),
};

const group = z.strictObject({ kind: z.literal("log_tbn"), ...values });
const schema = z.strictObject({
  step: z.literal("log_tbn"),
  trained: z.boolean(),
  module: z.string().default("compression"),
  ...values,
});

export type Values = Parsed<typeof schema>;

export const kind: CompressionKind<Values, z.output<typeof group>> = {
  group,
  parts: { log_tbn: "exponents and normalisation of the logs" },
  ofEnergies: true,
  ofPositive: true,
  channels: ({ median }) => channelsOf(median),
  schema,
  output({ median }, input) {
    const [bands] = sizesOf("log_tbn", input, ["band", "time"]);
    const axes: Representation["axes"] = [{ name: "band", size: bands! }, { name: "time", size: null }];
    return {
      name: median ? "log_tbn_median" : "log_tbn",
      axes: median ? [{ name: "channel", size: channelsOf(median) }, ...axes] : axes,
      unit: "standard deviations of logs",
      range: null,
    };
  },
  /** Named as the original's modules, `[bands]`, and of the norm `[channels * bands]`. */
  tensors({ module, trained, a, median }, input) {
    const [bands] = sizesOf("log_tbn", input, ["band", "time"]);
    const normalised = channelsOf(median) * bands!;
    const tensor = (last: string, size: number, value: number, role: TensorSpec["role"]): TensorSpec => ({
      name: `${module}.${last}`,
      shape: [size],
      role,
      group: "log_tbn",
      trainable: trained && role === "parameter",
      init: constant(value, size),
    });
    return [
      tensor("log1p.a", bands!, a, "parameter"),
      tensor("TBN.bn.weight", normalised, 1, "parameter"),
      tensor("TBN.bn.bias", normalised, 0, "parameter"),
      tensor("TBN.bn.running_mean", normalised, 0, "buffer"),
      tensor("TBN.bn.running_var", normalised, 1, "buffer"),
    ];
  },
  variesWithBatch: () => true,
  levels: false,
  ofTraining: [],
  ofStart: ["a"],
  trainedSeconds: 0.0003,
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};

function channelsOf(median: boolean): number {
  return median ? 2 : 1;
}
