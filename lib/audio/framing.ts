/** How a clip is cut into frames. */

/**
 * What frames see where there is no clip. `reflect` and `constant`: the clip is extended by half a frame at both ends, by
 * its reflection or by zeros, so that frame t is centred at `t hopSamples` (`center=True` in nnAudio and librosa).
 * `within`: only frames that lie within the clip (`center=False`; `snip_edges` of Kaldi). `repeat`: a frame for each hop, its
 * middle in the hop's middle, beyond the clip the clip backwards, its last sample again first (Kaldi without
 * `snip_edges`).
 */
export const PADDINGS = ["reflect", "constant", "within", "repeat"] as const;
export type Padding = typeof PADDINGS[number];

export interface Framing {
  /** What one frame sees. */
  readonly frameSamples: number;
  /** Samples from one frame's start to the next. */
  readonly hopSamples: number;
  readonly padding: Padding;
}

/** Frames of a clip that is extended at both ends. */
export interface FrameLayout {
  readonly frames: number;
  /** Samples by which the clip is extended. */
  readonly before: number;
  /** Up to the end of the last frame; below 0: so many samples are seen by none. */
  readonly behind: number;
}

/**
 * @param samples Length of the clip.
 * @throws {RangeError} If the sizes are not positive integers or the clip is too short.
 */
export function layFrames(samples: number, framing: Framing): FrameLayout {
  checkFraming(framing);
  const { frameSamples, hopSamples, padding } = framing;
  const least = leastSamples(framing);
  if (!Number.isInteger(samples) || samples < least) {
    throw new RangeError(
      `Cannot cut ${samples} samples into frames of ${frameSamples}: wanted a whole number from ${least}, ` +
        NEEDED[padding],
    );
  }
  const before = samplesBefore(framing);
  const frames = padding === "repeat"
    ? Math.floor((samples + Math.floor(hopSamples / 2)) / hopSamples)
    : Math.floor((samples + 2 * before - frameSamples) / hopSamples) + 1;
  if (padding !== "repeat") return { frames, before, behind: before };
  return { frames, before, behind: (frames - 1) * hopSamples + frameSamples - before - samples };
}

/** Number of frames of a clip. @throws {RangeError} As {@link layFrames}. */
export function frameCount(samples: number, framing: Framing): number {
  return layFrames(samples, framing).frames;
}

/** The shortest clip that has a frame. */
export function leastSamples(framing: Framing): number {
  const { frameSamples, padding } = framing;
  switch (padding) {
    case "reflect":
      return samplesBefore(framing) + 1;
    case "constant":
      return Math.max(1, frameSamples - 2 * samplesBefore(framing));
    case "within":
      return frameSamples;
    case "repeat":
      return frameSamples;
    default:
      throw padding satisfies never;
  }
}

/** Samples by which a clip is extended before its start. */
export function samplesBefore({ frameSamples, hopSamples, padding }: Framing): number {
  if (padding === "within") return 0;
  if (padding === "repeat") return Math.max(0, Math.floor(frameSamples / 2) - Math.floor(hopSamples / 2));
  return Math.floor(frameSamples / 2);
}

/** Samples behind a clip's end that its last frames see, at most. */
export function samplesBehind(framing: Framing): number {
  return framing.padding === "repeat" ? Math.floor(framing.frameSamples / 2) : samplesBefore(framing);
}

const NEEDED: Readonly<Record<Padding, string>> = {
  reflect: "one more than the padding that is reflected at each end",
  constant: "what its first frame sees",
  within: "a frame that lies within the clip",
  repeat: "the length of a frame",
};

/** Number of DFT bins from 0 Hz to half the sample rate. */
export function binCount(nFft: number): number {
  return Math.floor(nFft / 2) + 1;
}

/** Clips with what their frames see beyond them, so that all frames lie within. @param clips `[clips, samples]`. */
export function extendedClips(clips: Float32Array, samples: number, framing: Framing): Float32Array {
  const { before, behind } = layFrames(samples, framing);
  const whole = before + samples + behind;
  const out = new Float32Array(clips.length / samples * whole);
  for (let clip = 0; clip * samples < clips.length; clip++) {
    const wave = clips.subarray(clip * samples, (clip + 1) * samples);
    const target = out.subarray(clip * whole, (clip + 1) * whole);
    for (let i = 0; i < whole; i++) target[i] = sampleAt(wave, i - before, framing.padding);
  }
  return out;
}

function sampleAt(wave: Float32Array, at: number, padding: Padding): number {
  if (at >= 0 && at < wave.length) return wave[at]!;
  const end = wave.length - 1;
  switch (padding) {
    case "reflect":
      return wave[at < 0 ? -at : 2 * end - at]!;
    case "repeat":
      return wave[at < 0 ? -at - 1 : 2 * end + 1 - at]!;
    case "constant":
    case "within":
      return 0;
    default:
      throw padding satisfies never;
  }
}

/** @throws {RangeError} If a size is not a positive integer. */
export function checkFraming({ frameSamples, hopSamples }: Framing): void {
  for (const [name, value] of Object.entries({ frameSamples, hopSamples })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot frame with ${name} = ${value}: wanted a whole number from 1`);
    }
  }
}
