/** What Kaldi does to each frame before its window (`feature-window.cc`), dither aside. */

export interface Conditioning {
  /** What samples are multiplied by: Kaldi's are 16-bit integers. Kernels are without it. */
  readonly scale: number;
  /** The frame's mean is taken off. */
  readonly removeDc: boolean;
  /** Of each sample so much of the one before it is taken off, of the first of itself. */
  readonly preemphasis: number;
  /** Behind the bins comes the frame's energy, before preemphasis and window. */
  readonly energy: boolean;
}

/** The kernel that gives of a frame what `kernel` gives of the conditioned frame. */
export function conditionedKernel(
  kernel: Float32Array,
  { removeDc, preemphasis }: Pick<Conditioning, "removeDc" | "preemphasis">,
): Float64Array {
  const seen = Float64Array.from(kernel, (weight, n) => weight - preemphasis * (kernel[n + 1] ?? 0));
  seen[0]! -= preemphasis * kernel[0]!;
  if (!removeDc) return seen;
  const mean = seen.reduce((sum, weight) => sum + weight, 0) / seen.length;
  return seen.map((weight) => weight - mean);
}
