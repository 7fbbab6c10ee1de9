/** One operation with a gradient of its own: the only place that touches the numeric library's private interface. */
import * as tf from "@tensorflow/tfjs";

/** Keeps tensors of the forward pass for the backward pass; does nothing when no gradient is being recorded. */
export type Save = (...tensors: tf.Tensor[]) => void;

/** For each input, a function that computes its gradient. Only those of inputs on the way are called. */
export type InputGradients<Inputs> = { readonly [Name in keyof Inputs]: () => tf.Tensor };

interface KernelRunner {
  runKernelFunc(kernel: {
    forwardFunc: (backend: unknown, save: (tensors: tf.Tensor[]) => void) => tf.Tensor;
    backwardsFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => Record<string, () => tf.Tensor>;
    inputs: Record<string, tf.Tensor>;
  }): tf.Tensor;
}

/**
 * Runs `forward` as one step of the tape. `tf.customGrad` does the same, except that it computes the gradient of
 * every input, needed or not; here the gradient of a frozen input costs nothing.
 *
 * @param inputs All tensors that a gradient may be asked for.
 * @param backward Gets the output's gradient and what was saved, in the order of saving. Anything computed outside
 *   the returned functions is shared by them.
 */
export function differentiable<Inputs extends Record<string, tf.Tensor>, Output extends tf.Tensor>(
  inputs: Inputs,
  forward: (save: Save) => Output,
  backward: (dy: Output, saved: readonly tf.Tensor[]) => InputGradients<Inputs>,
): Output {
  const engine = tf.engine() as unknown as KernelRunner;
  return engine.runKernelFunc({
    forwardFunc: (_backend, save) => {
      const kept: tf.Tensor[] = [];
      const output = forward((...tensors) => void kept.push(...tensors));
      save(kept);
      return output;
    },
    backwardsFunc: (dy, saved) => backward(dy as Output, saved),
    inputs,
  }) as Output;
}

/** Whether what is computed now may be differentiated later, so that intermediate results are worth keeping. */
export function recordsGradients(): boolean {
  return (tf.engine() as unknown as { state: { gradientDepth: number } }).state.gradientDepth > 0;
}

/** The i-th saved tensor, typed. */
export function savedAt<T extends tf.Tensor>(saved: readonly tf.Tensor[], i: number): T {
  const tensor = saved[i];
  if (tensor === undefined) throw new Error(`Nothing was saved at ${i} for the backward pass`);
  return tensor as T;
}
