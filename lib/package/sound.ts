/** Sound as it comes, whatever it comes from. Pure. */

/** A stretch of a stream of sound. */
export interface SoundBlock {
  /** Full scale 1, one channel. */
  readonly samples: Float32Array;
  /** In Hz, a whole number. Where it changes, the stream begins anew: a headset may change it by beginning to talk. */
  readonly sampleRate: number;
}

/** Rates that sound may have, in Hz: from telephones to measuring. */
const [LEAST_RATE, MOST_RATE] = [4000, 384_000];

/** @throws {RangeError} If it is no whole number of Hz that sound may have. */
export function checkRate(sampleRate: number): void {
  if (Number.isInteger(sampleRate) && sampleRate >= LEAST_RATE && sampleRate <= MOST_RATE) return;
  throw new RangeError(
    `Cannot listen at ${sampleRate} Hz: wanted a whole number from ${LEAST_RATE} to ${MOST_RATE}`,
  );
}

/**
 * Blocks from a program's own source.
 * @throws {TypeError} For a block that is no Float32Array. @throws {RangeError} For a rate that sound has not.
 */
export async function* blocksOf(
  source: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  sampleRate: number,
): AsyncGenerator<SoundBlock> {
  checkRate(sampleRate);
  for await (const samples of source) {
    if (!(samples instanceof Float32Array)) {
      throw new TypeError(
        `Cannot listen to a block that is ${kindOf(samples)}: wanted Float32Array, full scale 1`,
      );
    }
    yield { samples, sampleRate };
  }
}

/** Parts of at most so many samples, without a copy. */
export function* cut(samples: Float32Array, most: number): Generator<Float32Array> {
  for (let at = 0; at < samples.length; at += most) yield samples.subarray(at, at + most);
}

function kindOf(value: unknown): string {
  return value === null
    ? "null"
    : typeof value === "object"
    ? value.constructor?.name ?? "an object"
    : typeof value;
}
