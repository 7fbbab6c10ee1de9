/** What a model is over a stream. */
import type { ModelInput, ModelSpec } from "../../models/contract.ts";
import type { Line } from "../layers/line.ts";
import type { Tensors } from "../layers/weights.ts";

/** A model in its form for streams, of one decision for each clip. */
export interface ModelStream<Config extends ModelSpec = ModelSpec> {
  /**
   * @param config As the model's schema gives it. @param tensors Of the network.
   * @throws {UserError} `bad-config` if it cannot be computed frame by frame.
   */
  stream(config: Config, input: ModelInput, classes: number, tensors: Tensors): StreamedModel;
}

export interface StreamedModel {
  /** Adds the layers between bands, one channel behind the other, and what is read out. */
  lay(line: Line): void;
  readonly readout: Readout;
}

/** How the frames of a window become logits. */
export interface Readout {
  /** `mean`: their mean is classified. `window`: all of them are, as they stand one behind the other. */
  readonly over: "mean" | "window";
  /** `[classes, numbers of a frame]`, of a window `[classes, frames, numbers of a frame]`: what is there, without panels. */
  readonly weight: ArrayLike<number>;
  /** `[classes]`. */
  readonly bias: ArrayLike<number>;
}
