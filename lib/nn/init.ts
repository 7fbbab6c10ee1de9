/** Initial values of layers. */
import type { Rng } from "../base/random.ts";

/**
 * Weights and biases of Linear and Conv2d as PyTorch draws them by default: uniform within `1 / sqrt(fanIn)`, which is what kaiming_uniform with
 * a = sqrt(5) comes to (He et al. 2015).
 *
 * @param fanIn Inputs that one output sees: `in`, or `in / groups * height * width`.
 */
export function uniformByFanIn(fanIn: number, size: number): (rng: Rng) => Float32Array {
  const bound = 1 / Math.sqrt(fanIn);
  return (rng) => Float32Array.from({ length: size }, () => rng.uniform(-bound, bound));
}

/**
 * Uniform within `sqrt(6 / (fanIn + fanOut))` (Glorot and Bengio 2010).
 *
 * @param fanOut Outputs that one input reaches, all channels counted: `out * height * width`.
 */
export function xavierUniform(fanIn: number, fanOut: number, size: number): (rng: Rng) => Float32Array {
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return (rng) => Float32Array.from({ length: size }, () => rng.uniform(-bound, bound));
}

export function constant(value: number, size: number): () => Float32Array {
  return () => new Float32Array(size).fill(value);
}
