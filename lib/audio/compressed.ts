/** MP3 and Ogg Vorbis, decoded as a whole by mpg123 and libvorbis. What encoders leave out is gone: samples are floats. */
import { badAudio } from "./bad_audio.ts";
import { COMPRESSED, type CompressedFormat, HEAD_BYTES, isMpegFrame } from "./compressed_format.ts";
import { oggLinks } from "./ogg_links.ts";
import { decoderOf, type Recording } from "./recording.ts";
import { unprinted } from "./unprinted_io.ts";

/** What decoders make of a file. */
interface Decoded {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** @throws {UserError} `bad-audio` if nothing of it, or not all, can be decoded. */
export async function compressedRecording(
  bytes: Uint8Array,
  format: CompressedFormat,
  name: string,
): Promise<Recording> {
  const { channelData, samplesDecoded: frames, sampleRate, errors } = await decoded(bytes, format);
  const missing = format === "mp3" ? (mp3Samples(bytes) ?? 0) - frames : 0;
  const problem = errors[0]?.message ?? (frames === 0 || missing > 0 ? `${frames} samples` : undefined);
  if (problem !== undefined) {
    throw badAudio(name, COMPRESSED[format], `found ${problem}`, "a whole file");
  }
  const planes = channelData.map((samples) => samples.subarray(0, frames));
  return {
    sampleRate,
    channels: planes.length,
    frames,
    isFine: false,
    gain: 1,
    isBeyond: planes.some((samples) => samples.some((sample) => Math.abs(sample) > 1)),
    decode: decoderOf(planes, 1, name),
  };
}

/** Of MPEG 1, and of its extensions to lower rates. */
const [FRAME_SAMPLES, SHORT_FRAME_SAMPLES] = [1152, 576];
/** Encoders and decoders delay, and fill the last frame: so many frames of an MP3 need not come out as samples. */
const UNHEARD_FRAMES = 3;

/**
 * The fewest samples that come out of a whole MP3 whose first frame says how many frames there are, as encoders write it
 * for players ("Xing" or "Info"); undefined: it does not say.
 */
function mp3Samples(bytes: Uint8Array): number | undefined {
  const tag = bytes.subarray(0, 3).every((byte, i) => byte === "ID3".charCodeAt(i));
  const size = (bytes[6]! << 21) | (bytes[7]! << 14) | (bytes[8]! << 7) | bytes[9]!; // seven bits of each byte
  const frame = bytes.subarray(tag ? 10 + size : 0);
  const head = frame.subarray(0, HEAD_BYTES);
  const at = String.fromCharCode(...head).search(/Xing|Info/);
  if (at < 0 || !isMpegFrame(frame) || head.length < at + 12 || (head[at + 7]! & 1) === 0) return undefined;
  const frames = new DataView(head.buffer, head.byteOffset).getUint32(at + 8);
  const each = (frame[1]! >> 3 & 3) === 3 ? FRAME_SAMPLES : SHORT_FRAME_SAMPLES;
  return Math.max(0, frames * each - UNHEARD_FRAMES * FRAME_SAMPLES);
}

async function decoded(bytes: Uint8Array, format: CompressedFormat): Promise<Decoded> {
  if (format === "mp3") {
    const { MPEGDecoder } = await import("mpg123-decoder");
    const decoder = new MPEGDecoder();
    await decoder.ready;
    try {
      return unprinted(() => decoder.decode(bytes));
    } finally {
      decoder.free();
    }
  }
  const { OggVorbisDecoder } = await import("@wasm-audio-decoders/ogg-vorbis");
  const links = oggLinks(bytes);
  if ("fault" in links) return { ...NOTHING, errors: [{ message: links.fault }] };
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  try {
    const parts: Decoded[] = [];
    for (const link of links) { // each has headers of its own
      parts.push(await unprinted(() => decoder.decodeFile(link))); // decodes before it waits
    }
    return joined(parts);
  } finally {
    decoder.free();
  }
}

const NOTHING: Omit<Decoded, "errors"> = { channelData: [], samplesDecoded: 0, sampleRate: 0 };

/** What follows on each other in one file. */
function joined(parts: readonly Decoded[]): Decoded {
  const [first = { ...NOTHING, errors: [] }] = parts;
  if (parts.length === 1) return first;
  const kinds = new Set(
    parts.map(({ sampleRate, channelData }) => `${channelData.length} x ${sampleRate} Hz`),
  );
  const silent = parts.findIndex(({ samplesDecoded }) => samplesDecoded === 0);
  const faults = [
    ...silent < 0 ? [] : [`no samples in stream ${silent + 1} of ${parts.length}`],
    ...kinds.size === 1 ? [] : [`streams of ${[...kinds].join(" and of ")}`],
  ];
  return {
    channelData: first.channelData.map((_, c) => {
      const samples = new Float32Array(parts.reduce((sum, { samplesDecoded }) => sum + samplesDecoded, 0));
      let at = 0;
      for (const { channelData, samplesDecoded } of parts) {
        samples.set(channelData[c]?.subarray(0, samplesDecoded) ?? [], at);
        at += samplesDecoded;
      }
      return samples;
    }),
    samplesDecoded: parts.reduce((sum, { samplesDecoded }) => sum + samplesDecoded, 0),
    sampleRate: first.sampleRate,
    errors: [...parts.flatMap(({ errors }) => errors), ...faults.map((message) => ({ message }))],
  };
}
