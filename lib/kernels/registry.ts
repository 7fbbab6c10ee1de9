/**
 * The one list of hand-written kernels: which operation has one on which backend. Operations ask here, models never.
 * An entry of the wrong signature or a second one for the same operation does not compile.
 */
import type * as tf from "@tensorflow/tfjs";
import type { broadcastedBlockComposite } from "./broadcasted_block/composite.ts";
import { broadcastedBlockWasm } from "./broadcasted_block/wasm.ts";
import { broadcastedBlockWebGpu } from "./broadcasted_block/webgpu.ts";
import type { ctcLossComposite } from "./ctc_loss/composite.ts";
import { ctcLossWasm } from "./ctc_loss/wasm.ts";
import { ctcLossWebGpu } from "./ctc_loss/webgpu.ts";
import type { framedPowerComposite } from "./framed_power/composite.ts";
import { framedPowerWasm } from "./framed_power/wasm.ts";
import { framedPowerWebGpu } from "./framed_power/webgpu.ts";
import type { inputConvComposite } from "./input_conv/composite.ts";
import { inputConvWasm } from "./input_conv/wasm.ts";
import type { lastConvComposite } from "./last_conv/composite.ts";
import { lastConvWasm } from "./last_conv/wasm.ts";
import { lastConvWebGpu } from "./last_conv/webgpu.ts";
import type { linearComposite } from "./linear/composite.ts";
import { linearWasm, MIN_INPUTS } from "./linear/wasm.ts";
import type { lstmRecurrenceComposite } from "./lstm/composite.ts";
import { lstmRecurrenceWasm } from "./lstm/wasm.ts";
import { lstmRecurrenceWebGpu } from "./lstm/webgpu.ts";
import type { melLogComposite } from "./mel_log/composite.ts";
import { melLogWasm, MIN_BINS } from "./mel_log/wasm.ts";
import type { pointwiseConvComposite } from "./pointwise_conv/composite.ts";
import { pointwiseConvWasm } from "./pointwise_conv/wasm.ts";
import type { softmaxCrossEntropyComposite } from "./softmax_cross_entropy/composite.ts";
import { softmaxCrossEntropyWasm } from "./softmax_cross_entropy/wasm.ts";
import { softmaxCrossEntropyWebGpu } from "./softmax_cross_entropy/webgpu.ts";
import type { transitionBlockComposite } from "./transition_block/composite.ts";
import { transitionBlockWebGpu } from "./transition_block/webgpu.ts";
import { transitionBlockWasm } from "./transition_block/wasm.ts";
import { type WasmKernels, wasmKernels } from "./wasm/runtime.ts";
import { type WebGpuKernels, webGpuKernels } from "./webgpu/runtime.ts";

/** Operations that may have kernels, as their composites define them. */
export interface Operations {
  readonly broadcastedBlock: typeof broadcastedBlockComposite;
  readonly ctcLoss: typeof ctcLossComposite;
  readonly framedPower: typeof framedPowerComposite;
  readonly inputConv: typeof inputConvComposite;
  readonly lastConv: typeof lastConvComposite;
  readonly linear: typeof linearComposite;
  readonly lstmRecurrence: typeof lstmRecurrenceComposite;
  readonly melLog: typeof melLogComposite;
  readonly pointwiseConv: typeof pointwiseConvComposite;
  readonly softmaxCrossEntropy: typeof softmaxCrossEntropyComposite;
  readonly transitionBlock: typeof transitionBlockComposite;
}

/** @returns Undefined if it does not serve these operands: then the composite runs. */
type Kernel<Runtime, Operation extends (...args: never[]) => tf.Tensor> = (
  runtime: Runtime,
  ...operands: Parameters<Operation>
) => ReturnType<Operation> | undefined;

type KernelSet<Runtime> = { readonly [Name in keyof Operations]?: Kernel<Runtime, Operations[Name]> };

const WASM: KernelSet<WasmKernels> = {
  broadcastedBlock: broadcastedBlockWasm,
  ctcLoss: ctcLossWasm,
  framedPower: framedPowerWasm,
  inputConv: inputConvWasm,
  lastConv: lastConvWasm,
  linear: (kernels, x, ...rest) => x.shape[1] >= MIN_INPUTS ? linearWasm(kernels, x, ...rest) : undefined,
  lstmRecurrence: lstmRecurrenceWasm,
  melLog: (kernels, power, ...rest) =>
    power.shape[2] >= MIN_BINS ? melLogWasm(kernels, power, ...rest) : undefined,
  pointwiseConv: pointwiseConvWasm,
  softmaxCrossEntropy: softmaxCrossEntropyWasm,
  transitionBlock: transitionBlockWasm,
};

const WEBGPU: KernelSet<WebGpuKernels> = {
  broadcastedBlock: broadcastedBlockWebGpu,
  ctcLoss: ctcLossWebGpu,
  framedPower: framedPowerWebGpu,
  lastConv: lastConvWebGpu,
  lstmRecurrence: lstmRecurrenceWebGpu,
  softmaxCrossEntropy: softmaxCrossEntropyWebGpu,
  transitionBlock: transitionBlockWebGpu,
};

/** Runs an operation's kernel for the backend in use, where there is one that serves the operands, else `composite`. */
export function runOperation<Name extends keyof Operations>(
  name: Name,
  composite: (...operands: Parameters<Operations[Name]>) => ReturnType<Operations[Name]>,
  ...operands: Parameters<Operations[Name]>
): ReturnType<Operations[Name]> {
  return attempt(WASM[name], wasmKernels(), operands) ?? attempt(WEBGPU[name], webGpuKernels(), operands) ??
    composite(...operands);
}

function attempt<Runtime, Operands extends unknown[], Result>(
  kernel: ((runtime: Runtime, ...operands: Operands) => Result | undefined) | undefined,
  runtime: Runtime | undefined,
  operands: Operands,
): Result | undefined {
  return kernel === undefined || runtime === undefined ? undefined : kernel(runtime, ...operands);
}
