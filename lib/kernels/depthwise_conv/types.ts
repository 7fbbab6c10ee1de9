/** What a depthwise convolution takes besides its operands. */
export interface DepthwiseConvOptions {
  /** Steps over frequency and time; 1 by default. */
  readonly strideF?: number;
  readonly strideT?: number;
  /** Frames between the kernel's taps; 1 by default. */
  readonly dilationT?: number;
}
