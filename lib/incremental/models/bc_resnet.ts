/** BC-ResNet over a stream: normalisations are taken into weights, and blocks wait for no more than their own taps. */
import { EPSILON } from "../../kernels/batch_norm/types.ts";
import type { Config } from "../../models/bc_resnet/kind.ts";
import { bcResNetLayout, type BlockLayout } from "../../models/bc_resnet/layout.ts";
import { blockNames, type Edition, END_NAMES, type EndNames } from "../../models/bc_resnet/names.ts";
import { BroadcastLayer } from "../layers/broadcast.ts";
import { DenseLayer } from "../layers/dense.ts";
import { DepthwiseLayer } from "../layers/depthwise.ts";
import type { Line } from "../layers/line.ts";
import { wholePanels } from "../layers/machine.ts";
import { PatchLayer } from "../layers/patches.ts";
import { tapsOf } from "../layers/time_window.ts";
import {
  type Affine,
  affineOfNorm,
  composed,
  type DenseWeights,
  nothing,
  offsetOnly,
  type Tensors,
} from "../layers/weights.ts";
import type { ModelStream } from "./contract.ts";

const INPUT_TAPS = 5;
const LAST_TAPS = 5;

export const kind: ModelStream<Config> = {
  stream({ edition, width, padding }, { channels, bands }, classes, tensors) {
    const layout = bcResNetLayout(bands, width);
    const names = END_NAMES[edition];
    const isCausal = padding === "causal";
    const { lastChannels, lastHeight, headChannels, blocks } = layout;
    return {
      lay(line) {
        const [block] = blocks;
        const first = names.firstNorm === null ? inputAndFirstPointwise(tensors, names, block!, edition) : {
          weight: tensors(`${names.first}.weight`),
          affine: affineOfNorm(tensors, names.firstNorm, EPSILON),
        };
        const outRows = Math.ceil(bands / 2);
        const shape = { channels, bands, outRows, height: 5, strideF: 2, padF: 2 };
        line.add(
          new PatchLayer(
            line,
            { ...shape, time: tapsOf(INPUT_TAPS, 1, isCausal) },
            first.weight,
            first.affine,
            "relu",
          ),
        );
        blocks.forEach((block, i) => {
          const rows = i === 0 ? outRows : blocks[i - 1]!.height;
          addBlock(line, tensors, block, rows, edition, isCausal, i === 0 && names.firstNorm === null);
        });
        addHead(line, tensors, names, { lastChannels, lastHeight, headChannels }, isCausal);
      },
      readout: {
        over: "mean",
        weight: tensors(`${names.classifier}.weight`),
        bias: edition === "kim" ? tensors(`${names.classifier}.bias`) : new Float32Array(classes),
      },
    };
  },
};

interface First {
  readonly weight: ArrayLike<number>;
  readonly affine: Affine;
}

/** Where nothing stands between the first convolution and the 1x1 convolution of the first block: both at once. */
function inputAndFirstPointwise(
  tensors: Tensors,
  { first }: EndNames,
  block: BlockLayout,
  edition: Edition,
): First {
  const { inChannels, outChannels } = block;
  const { conv1x1_1, bn1 } = blockNames(edition, block);
  const pointwise = tensors(`${conv1x1_1}.weight`);
  const times = (matrix: ArrayLike<number>) => {
    const columns = matrix.length / inChannels;
    return Float64Array.from({ length: outChannels * columns }, (_, at) => {
      const [o, column] = [Math.floor(at / columns), at % columns];
      let sum = 0;
      for (let i = 0; i < inChannels; i++) {
        sum += pointwise[o * inChannels + i]! * matrix[i * columns + column]!;
      }
      return sum;
    });
  };
  return {
    weight: times(tensors(`${first}.weight`)),
    affine: composed(offsetOnly(times(tensors(`${first}.bias`))), affineOfNorm(tensors, bn1, EPSILON)),
  };
}

/** @param rows Of its input. @param isMapped Its first product has been done. */
function addBlock(
  line: Line,
  tensors: Tensors,
  block: BlockLayout,
  rows: number,
  edition: Edition,
  isCausal: boolean,
  isMapped: boolean,
): void {
  const { kind, outChannels: channels, inChannels, height, strideF, groups, dilation } = block;
  const names = blockNames(edition, block);
  const product = (name: string, inputs: number, affine: Affine): DenseWeights => ({
    matrix: tensors(`${name}.weight`),
    outputs: channels,
    inputs,
    wideInputs: wholePanels(inputs),
    affine,
  });
  const isTransition = kind === "transition";
  line.add(
    new BroadcastLayer(
      line,
      {
        channels,
        rows,
        outRows: height,
        strideF,
        residual: !isTransition,
        time: tapsOf(3, dilation, isCausal),
      },
      {
        first: isTransition && !isMapped
          ? product(names.conv1x1_1, inChannels, affineOfNorm(tensors, names.bn1, EPSILON))
          : null,
        frequency: tensors(`${names.freq_dw_conv}.weight`),
        ofRows: affinesOfRows(affineOfNorm(tensors, names.ssn, EPSILON), groups),
        time: tensors(`${names.temp_dw_conv}.weight`),
        ofTime: affineOfNorm(tensors, names.bn2, EPSILON),
        last: product(names.conv1x1_2, channels, nothing(channels)),
      },
    ),
  );
}

/** Sub-spectral normalisation, whose number of channel c and group g is `c groups + g`, row by row. */
function affinesOfRows({ scale, shift }: Affine, heights: readonly number[]): Affine[] {
  const own = (values: Float64Array, group: number) =>
    values.filter((_, at) => at % heights.length === group);
  return heights.flatMap((rows, group) => {
    const affine = { scale: own(scale, group), shift: own(shift, group) };
    return Array.from({ length: rows }, () => affine);
  });
}

function addHead(
  line: Line,
  tensors: Tensors,
  names: EndNames,
  sizes: { readonly lastChannels: number; readonly lastHeight: number; readonly headChannels: number },
  isCausal: boolean,
): void {
  const { lastChannels: channels, lastHeight: rows, headChannels } = sizes;
  const time = tapsOf(LAST_TAPS, 1, isCausal);
  const shape = { channels, rows, outRows: 1, height: rows, strideF: 1, padF: 0, time };
  const offset = names.headNorm === null ? offsetOnly(tensors(`${names.last}.bias`)) : nothing(channels);
  line.add(new DepthwiseLayer(line, shape, tensors(`${names.last}.weight`), offset, "none"));
  const affine = names.headNorm === null
    ? nothing(headChannels)
    : affineOfNorm(tensors, names.headNorm, EPSILON);
  const weights = {
    matrix: tensors(`${names.head}.weight`),
    outputs: headChannels,
    inputs: channels,
    wideInputs: wholePanels(channels),
    affine,
  };
  line.add(new DenseLayer(line, 1, weights, names.headNorm === null ? "none" : "relu"));
}
