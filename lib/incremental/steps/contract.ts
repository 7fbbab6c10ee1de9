/** What a step of a front-end is over a stream. */
import type { StepValues } from "../../frontends/contract.ts";
import type { Representation } from "../../nn/representation.ts";
import type { NetworkState } from "../../nn/types.ts";
import type { Line } from "../layers/line.ts";
import type { WholeClip } from "../layers/whole.ts";
import type { WaveLayer } from "../layers/wave_frames.ts";
import type { Tensors } from "../layers/weights.ts";

/** A kind of step in its form for streams. */
export interface StepStream<Values extends StepValues = StepValues> {
  /** @throws {UserError} `bad-config` if frames cannot be made one after the other. */
  stream(values: Values, context: StreamContext): StreamedStep | Promise<StreamedStep>;
}

export interface StreamContext {
  /** What the step takes in. */
  readonly input: Representation;
  /** Values of the network's tensors, and the tensors themselves. */
  readonly tensors: Tensors;
  readonly state: NetworkState;
  /** Length of a window, in samples. */
  readonly clipSamples: number;
}

export type StreamedStep =
  /** From samples to frames. */
  | { readonly does: "frames"; lay(line: Line): WaveLayer }
  /** The same of each frame, in place. */
  | FrameCurve
  /** A product of each frame with `[outputs, inputs]`. */
  | { readonly does: "product"; readonly matrix: ArrayLike<number>; readonly outputs: number }
  /** What depends on frames to come: of each window anew, as is all behind it. */
  | { readonly does: "whole" } & WholeClip;

export interface FrameCurve {
  readonly does: "curve";
  /** @param values Memory, in which the frame begins at `at`. */
  apply(values: Float32Array, at: number): void;
  /** Begins anew. Absent: frames know nothing of each other. */
  reset?(): void;
}
