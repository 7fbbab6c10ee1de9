/** A front-end by itself over a stream: each new frame is computed once, for who wants to see what a network sees. */
import type { FrontendSpec } from "../frontends/contract.ts";
import { planSteps } from "../frontends/plan.ts";
import { disposeState, frozenState } from "../nn/state.ts";
import type { NetworkState } from "../nn/types.ts";
import { layFrontend } from "./frontend.ts";
import { Line } from "./layers/line.ts";
import { Machine } from "./layers/machine.ts";
import { frameSize } from "./steps/sizes.ts";
import { valuesOf } from "./values.ts";

/** A front-end at work on a stream of samples at its own rate. */
export interface FrontendStream {
  /** Numbers of a frame. */
  readonly size: number;
  /** Takes in the next samples, in blocks of any length. @returns `[frames, size]`, those that can be made now. */
  push(samples: Float32Array): Float32Array;
  /** Begins anew: nothing that was heard is left. */
  reset(): void;
}

/** Samples that are taken in at once at most: longer blocks are cut. */
const CHUNK_SAMPLES = 2048;

/**
 * @param frontend Up to the steps that only level values out over a clip: what drawings show.
 * @param state Has the trained tensors; it is read now and not needed later. @param clipSamples That it was trained on.
 * @param kernels The compiled kernels as a file, for memory of one thread.
 * @throws {UserError} `bad-config` if a step cannot be computed frame by frame.
 */
export async function openFrontendStream(
  frontend: FrontendSpec,
  state: NetworkState,
  clipSamples: number,
  kernels: Uint8Array<ArrayBuffer>,
): Promise<FrontendStream> {
  const { shown } = await planSteps(frontend.steps);
  const chain = await planSteps(frontend.steps.slice(0, shown));
  const frozen = frozenState(chain);
  try {
    const all: NetworkState = new Map([...frozen, ...state]);
    const machine = await Machine.open(kernels);
    const line = new Line(machine, 1, CHUNK_SAMPLES);
    const wave = await layFrontend(line, chain, all, await valuesOf(all), clipSamples);
    const made = line.end(0);
    const size = frameSize(chain.representations.at(-1)!);
    const reset = () => {
      for (const layer of line.layers) layer.reset();
      made.clear();
    };
    reset();
    return {
      size,
      reset,
      push(samples) {
        const frames: number[] = [];
        for (let at = 0; at < samples.length; at += CHUNK_SAMPLES) {
          const chunk = samples.subarray(at, at + CHUNK_SAMPLES);
          machine.floats.set(chunk, wave.input.end / 4);
          wave.input.grow(chunk.length);
          for (const layer of line.layers) layer.run(false);
          for (let t = 0; t < made.count; t++) {
            frames.push(...machine.view(made.address + t * made.size * 4, size));
          }
          made.clear();
        }
        return Float32Array.from(frames);
      },
    };
  } finally {
    disposeState(frozen);
  }
}
