/** Words of one tone, with silence around them. */

export interface Beep {
  readonly seconds?: number;
  /** When it begins, in seconds. */
  readonly at?: number;
  /** In seconds. */
  readonly length?: number;
  readonly rate?: number;
  readonly hz?: number;
}

export function beep(
  { seconds = 0.5, at = 0.1, length = 0.2, rate = 16000, hz = 700 }: Beep,
): Float32Array<ArrayBuffer> {
  return new Float32Array(Math.round(seconds * rate)).map((_, n) => {
    const t = n / rate - at;
    if (t < 0 || t > length) return 0;
    return 0.4 * Math.sin(2 * Math.PI * hz * t) * Math.min(1, t / 0.01, (length - t) / 0.01);
  });
}
