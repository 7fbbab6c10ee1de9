/** MatchboxNet over a stream: separable convolutions over time. */
import type { Config } from "../../models/matchboxnet/kind.ts";
import { EPSILON, nameOf, pastOf, type Place, placesOf } from "../../models/matchboxnet/names.ts";
import { type BlockLayout, matchboxNetLayout } from "../../models/matchboxnet/layout.ts";
import { CLASSIFIER } from "../../models/matchboxnet/names.ts";
import { DenseLayer } from "../layers/dense.ts";
import { DepthwiseLayer } from "../layers/depthwise.ts";
import type { Line } from "../layers/line.ts";
import { type Activation, wholePanels } from "../layers/machine.ts";
import { ResidualLayer } from "../layers/residual.ts";
import { tapsOf } from "../layers/time_window.ts";
import { affineOfNorm, type DenseWeights, nothing, type Tensors } from "../layers/weights.ts";
import type { ModelStream } from "./contract.ts";

export const kind: ModelStream<Config> = {
  stream(config, { channels, bands }, _classes, tensors) {
    const layout = matchboxNetLayout(config, channels * bands);
    return {
      lay: (line) => layout.forEach((block, i) => addBlock(line, tensors, block, nameOf(i))),
      readout: {
        over: "mean",
        weight: tensors(`${CLASSIFIER}.weight`),
        bias: tensors(`${CLASSIFIER}.bias`),
      },
    };
  },
};

function addBlock(line: Line, tensors: Tensors, block: BlockLayout, name: string): void {
  const places = placesOf(block, name);
  if (!block.residual) return addPlaces(line, tensors, block, places, "relu");
  const past = productOf(tensors, pastOf(name), block.inputs, block.channels);
  line.add(new ResidualLayer(line, past, (inside) => addPlaces(inside, tensors, block, places, "none")));
}

/** @param last What follows the last of them. */
function addPlaces(
  line: Line,
  tensors: Tensors,
  { channels, width, dilation }: BlockLayout,
  places: readonly Place[],
  last: Activation,
): void {
  places.forEach((place, i) => {
    if (place.depthwise !== null) {
      const shape = {
        channels: place.inputs,
        rows: 1,
        outRows: 1,
        height: 1,
        strideF: 1,
        padF: 0,
        time: tapsOf(width!, dilation, false),
      };
      const weight = tensors(`${place.depthwise}.weight`);
      line.add(new DepthwiseLayer(line, shape, weight, nothing(place.inputs), "none"));
    }
    const weights = productOf(tensors, place, place.inputs, channels);
    line.add(new DenseLayer(line, 1, weights, i === places.length - 1 ? last : "relu"));
  });
}

function productOf(
  tensors: Tensors,
  { pointwise, norm }: Pick<Place, "pointwise" | "norm">,
  inputs: number,
  outputs: number,
): DenseWeights {
  return {
    matrix: tensors(`${pointwise}.weight`),
    outputs,
    inputs,
    wideInputs: wholePanels(inputs),
    affine: affineOfNorm(tensors, norm, EPSILON),
  };
}
