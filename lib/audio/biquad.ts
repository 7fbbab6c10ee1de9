/** Second-order filters after Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter coefficients". */

export type BiquadSpec =
  | { readonly kind: "lowpass"; readonly hz: number; readonly q: number }
  | { readonly kind: "highpass"; readonly hz: number; readonly q: number }
  | { readonly kind: "peak"; readonly hz: number; readonly q: number; readonly gainDb: number };

/**
 * Filters `samples` from rest.
 *
 * @param spec `hz` above 0 and below half of `sampleRate`, `q` above 0.
 * @returns A new array of the same length.
 * @throws {RangeError} If the frequency or the quality is out of range.
 */
export function biquad(samples: Float32Array, spec: BiquadSpec, sampleRate: number): Float32Array {
  const { b0, b1, b2, a1, a2 } = coefficients(spec, sampleRate);
  const result = new Float32Array(samples.length);
  let [s1, s2] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i]!;
    const y = b0 * x + s1;
    s1 = b1 * x - a1 * y + s2;
    s2 = b2 * x - a2 * y;
    result[i] = y;
  }
  return result;
}

function coefficients(spec: BiquadSpec, sampleRate: number) {
  if (!(spec.hz > 0 && spec.hz < sampleRate / 2 && spec.q > 0)) {
    throw new RangeError(
      `Cannot make a ${spec.kind} filter of ${spec.hz} Hz, q ${spec.q}: wanted 0 to ${
        sampleRate / 2
      } Hz, q > 0`,
    );
  }
  const angle = 2 * Math.PI * spec.hz / sampleRate;
  const cosine = Math.cos(angle);
  const alpha = Math.sin(angle) / (2 * spec.q);
  switch (spec.kind) {
    case "lowpass":
      return normalized((1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2, 1 + alpha, -2 * cosine, 1 - alpha);
    case "highpass":
      return normalized((1 + cosine) / 2, -1 - cosine, (1 + cosine) / 2, 1 + alpha, -2 * cosine, 1 - alpha);
    case "peak": {
      const a = 10 ** (spec.gainDb / 40);
      return normalized(1 + alpha * a, -2 * cosine, 1 - alpha * a, 1 + alpha / a, -2 * cosine, 1 - alpha / a);
    }
    default:
      spec satisfies never;
      throw new Error("No such filter");
  }
}

function normalized(b0: number, b1: number, b2: number, a0: number, a1: number, a2: number) {
  return { b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: a1 / a0, a2: a2 / a0 };
}
