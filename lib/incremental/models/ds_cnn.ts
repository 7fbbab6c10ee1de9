/** DS-CNN over a stream. Its strides over time make a frame of what is read out of every second or fourth of the bands'. */
import { EPSILON } from "../../kernels/batch_norm/types.ts";
import type { Config } from "../../models/ds_cnn/kind.ts";
import { BLOCK_KERNEL, FIRST, LAYOUTS } from "../../models/ds_cnn/layout.ts";
import { DenseLayer } from "../layers/dense.ts";
import { DepthwiseLayer } from "../layers/depthwise.ts";
import { wholePanels } from "../layers/machine.ts";
import { MeanLayer } from "../layers/mean.ts";
import { PatchLayer } from "../layers/patches.ts";
import { affineOfNorm, composed, offsetOnly, type Tensors } from "../layers/weights.ts";
import type { ModelStream } from "./contract.ts";

export const kind: ModelStream<Config> = {
  stream({ size }, { channels: inputs, bands }, _classes, tensors) {
    const { channels, firstStrideF, strides } = LAYOUTS[size];
    return {
      lay(line) {
        const { height, width, strideT } = FIRST;
        let rows = Math.ceil(bands / firstStrideF);
        const first = {
          channels: inputs,
          bands,
          outRows: rows,
          height,
          strideF: firstStrideF,
          padF: (height - 1) >> 1,
          time: { width, dilation: 1, stride: strideT, lead: (width - 1) >> 1 },
        };
        const affine = normalised(tensors, "conv", "bn");
        line.add(new PatchLayer(line, first, tensors("conv.weight"), affine, "relu"));
        strides.forEach((stride, i) => {
          const block = `blocks.${i}`;
          const outRows = Math.ceil(rows / stride);
          const half = (BLOCK_KERNEL - 1) / 2;
          const shape = {
            channels,
            rows,
            outRows,
            height: BLOCK_KERNEL,
            strideF: stride,
            padF: half,
            time: { width: BLOCK_KERNEL, dilation: 1, stride, lead: half },
          };
          const weight = tensors(`${block}.depthwise.weight`);
          const affine = normalised(tensors, `${block}.depthwise`, `${block}.bn1`);
          line.add(new DepthwiseLayer(line, shape, weight, affine, "relu"));
          const product = {
            matrix: tensors(`${block}.pointwise.weight`),
            outputs: channels,
            inputs: channels,
            wideInputs: wholePanels(channels),
            affine: normalised(tensors, `${block}.pointwise`, `${block}.bn2`),
          };
          line.add(new DenseLayer(line, outRows, product, "relu"));
          rows = outRows;
        });
        line.add(new MeanLayer(line, rows));
      },
      readout: { over: "mean", weight: tensors("classifier.weight"), bias: tensors("classifier.bias") },
    };
  },
};

/** A convolution's offset and the normalisation behind it. */
function normalised(tensors: Tensors, layer: string, norm: string) {
  return composed(offsetOnly(tensors(`${layer}.bias`)), affineOfNorm(tensors, norm, EPSILON));
}
