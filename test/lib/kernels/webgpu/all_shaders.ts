/** Every WGSL program that the paper's network needs for any number of Mel bands, the spectrogram's, PCEN's, the LSTM's, the losses' and the optimizers'. */
import { ADAM } from "../../../../lib/kernels/adam/webgpu.ts";
import {
  FORWARD,
  FORWARD_KEEPING,
  GRADIENT_SUM,
  GRADIENT_TERMS,
} from "../../../../lib/kernels/framed_power/webgpu_shaders.ts";
import {
  lastConvForward,
  lastConvInputGradient,
  lastConvWeightGradient,
} from "../../../../lib/kernels/last_conv/webgpu.ts";
import { CTC_CLIPS, CTC_SUM } from "../../../../lib/kernels/ctc_loss/webgpu_shaders.ts";
import { lstmBackward, lstmForward, MOST_UNITS } from "../../../../lib/kernels/lstm/webgpu_shaders.ts";
import { PCEN_BACKWARD, pcenForward } from "../../../../lib/kernels/pcen/webgpu_shaders.ts";
import { CROSS_ENTROPY } from "../../../../lib/kernels/softmax_cross_entropy/webgpu.ts";
import { SGD_MOMENTUM } from "../../../../lib/kernels/sgd_momentum/webgpu.ts";
import { bn1Gradient, inputGradient } from "../../../../lib/kernels/block/webgpu_backward_rows.ts";
import { bn2Gradient, meanGradient } from "../../../../lib/kernels/block/webgpu_backward_time.ts";
import { type BlockForm, MOST_CHANNELS } from "../../../../lib/kernels/block/webgpu_form.ts";
import {
  blockOutput,
  bn1Statistics,
  bn2Statistics,
  firstConvolution,
  frequencyMeans,
  ssnStatistics,
} from "../../../../lib/kernels/block/webgpu_forward.ts";
import { stepShader } from "../../../../lib/kernels/optimizer_step/webgpu.ts";
import { addRowsShader } from "../../../../lib/kernels/webgpu/add_rows.ts";
import type { Shader } from "../../../../lib/kernels/webgpu/shader.ts";
import { bcResNetLayout, FEWEST_MELS, MOST_MELS } from "../../../../lib/models/bc_resnet/layout.ts";

/** One of each key. @param bands Numbers of Mel bands; all by default. */
export function allShaders(bands: readonly number[] = everyNumberOfBands()): Shader<string, string>[] {
  const shaders: Shader<string, string>[] = [
    FORWARD,
    FORWARD_KEEPING,
    GRADIENT_SUM,
    GRADIENT_TERMS,
    CROSS_ENTROPY,
    ...[1, 5, 15].flatMap((width) =>
      [lastConvForward, lastConvInputGradient, lastConvWeightGradient].flatMap((
        f,
      ) => [f(width, false), f(width, true)])
    ),
    CTC_CLIPS,
    CTC_SUM,
    ...[1, 32, MOST_UNITS].flatMap((units) => [
      lstmForward(units, false),
      lstmForward(units, true),
      lstmBackward(units),
    ]),
    pcenForward(false),
    pcenForward(true),
    PCEN_BACKWARD,
    ...[1, 2].flatMap((parameters) => [stepShader(SGD_MOMENTUM, parameters), stepShader(ADAM, parameters)]),
  ];
  for (const form of formsOf(bands)) shaders.push(...shadersOf(form));
  for (const targets of [1, 2, 3, 4, 7]) shaders.push(addRowsShader(targets));
  return [...new Map(shaders.map((shader) => [shader.key, shader])).values()];
}

export function everyNumberOfBands(): number[] {
  return Array.from({ length: MOST_MELS - FEWEST_MELS + 1 }, (_, i) => FEWEST_MELS + i);
}

/** Blocks of the network, then the largest that kernels take. */
export function formsOf(bands: readonly number[]): BlockForm[] {
  const forms = bands.flatMap((nMels) =>
    bcResNetLayout(nMels, 1).blocks.flatMap((block, i) =>
      [true, false].map((training): BlockForm => ({
        kind: block.kind,
        pointwise: block.kind === "transition" && i > 0,
        training,
        inChannels: i === 0 ? block.outChannels : block.inChannels,
        channels: block.outChannels,
        strideF: block.strideF,
        groups: block.groups,
        padded: false,
      }))
    )
  );
  const largest = {
    training: true,
    inChannels: MOST_CHANNELS,
    channels: MOST_CHANNELS,
    strideF: 1,
    padded: false,
  } as const;
  return [
    ...forms,
    ...forms.map((form) => ({ ...form, padded: true })),
    { ...largest, kind: "transition", pointwise: true, groups: Array.from({ length: 8 }, () => 1) },
    { ...largest, kind: "transition", pointwise: true, channels: 4, groups: [1] },
    { ...largest, kind: "broadcasted", pointwise: false, groups: Array.from({ length: 8 }, () => 1) },
  ];
}

function shadersOf(form: BlockForm): Shader<string, string>[] {
  const forward = [
    ssnStatistics(form),
    frequencyMeans(form),
    bn2Statistics(form),
    blockOutput(form, false),
    ...(form.pointwise ? [firstConvolution(form)] : []),
    ...(form.kind === "transition" && form.training && !form.pointwise ? [bn1Statistics(form)] : []),
  ];
  if (!form.training) return forward;
  return [
    ...forward,
    blockOutput(form, true),
    bn2Gradient(form, false),
    bn2Gradient(form, true),
    meanGradient(form),
    inputGradient(form),
    ...(form.kind === "transition" ? [bn1Gradient(form)] : []),
  ];
}
