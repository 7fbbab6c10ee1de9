/** The only list of this project's operations that are written as a whole; all others as what they are composed of. */
import type { Called } from "../record/tape.ts";
import { batchNormComposite } from "../../kernels/batch_norm/composite.ts";
import { depthwiseConvComposite } from "../../kernels/depthwise_conv/composite.ts";
import { framedPowerComposite } from "../../kernels/framed_power/composite.ts";
import { extendedWaveComposite } from "../../kernels/framed_power/extended_wave.ts";
import { frameEnergiesComposite } from "../../kernels/framed_power/frame_energies.ts";
import { bidirectionalLstmComposite } from "../../kernels/lstm/op.ts";
import { patchesComposite } from "../../kernels/patches/composite.ts";
import { pcenComposite } from "../../kernels/pcen/composite.ts";
import { pointwiseConvComposite } from "../../kernels/pointwise_conv/composite.ts";
import { pooledFiltersComposite } from "../../kernels/pooled_filters/composite.ts";
import { channelBiasComposite } from "../../kernels/standard/channel_bias.ts";
import { timeMedianComposite } from "../../kernels/time_median/composite.ts";
import type { Write } from "../write/call.ts";
import { extendedWave, framedPower, frameEnergies } from "./framed_power.ts";
import { batchNorm, channelBias, depthwiseConv, patches, pointwiseConv, timeMedian } from "./layers.ts";
import { bidirectionalLstm } from "./lstm.ts";
import { pcen } from "./pcen.ts";
import { pooledFilters } from "./pooled_filters.ts";

/** By the composite, which tells an operation. */
export const OPERATIONS: ReadonlyMap<Called, Write> = new Map<Called, Write>([
  [batchNormComposite, batchNorm],
  [bidirectionalLstmComposite, bidirectionalLstm],
  [channelBiasComposite, channelBias],
  [depthwiseConvComposite, depthwiseConv],
  [extendedWaveComposite, extendedWave],
  [frameEnergiesComposite, frameEnergies],
  [framedPowerComposite, framedPower],
  [patchesComposite, patches],
  [pcenComposite, pcen],
  [pointwiseConvComposite, pointwiseConv],
  [pooledFiltersComposite, pooledFilters],
  [timeMedianComposite, timeMedian],
]);
