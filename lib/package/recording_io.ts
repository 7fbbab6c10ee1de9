/// <reference lib="dom" />
/** Sound of a file: WAVE everywhere, and what else the browser plays where there is one. */
import { UserError } from "../base/errors.ts";
import { checkKind } from "../audio/open_recording.ts";
import { pcmRecording } from "../audio/recording.ts";
import type { SoundBlock } from "./sound.ts";

/**
 * @param sampleRate In Hz: what the browser decodes to. @param name Names the file in errors.
 * @throws {UserError} `bad-audio` if it cannot be decoded.
 */
export async function* recordingBlocks(
  file: Blob,
  sampleRate: number,
  name: string,
): AsyncGenerator<SoundBlock> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const isWave = String.fromCharCode(...bytes.subarray(0, 4)) === "RIFF";
  if (!isWave && typeof OfflineAudioContext === "function") {
    yield { samples: await decoded(bytes, sampleRate, name), sampleRate };
    return;
  }
  checkKind(bytes, name, "WAVE or SPHERE");
  const recording = pcmRecording(bytes, name);
  const { frames } = recording;
  for (let at = 0; at < frames; at += recording.sampleRate) {
    const samples = recording.decode(at, Math.min(recording.sampleRate, frames - at));
    yield { samples, sampleRate: recording.sampleRate };
  }
}

/** The mean of all channels. */
async function decoded(
  bytes: Uint8Array<ArrayBuffer>,
  sampleRate: number,
  name: string,
): Promise<Float32Array> {
  const context = new OfflineAudioContext(1, 1, sampleRate);
  let audio: AudioBuffer;
  try {
    audio = await context.decodeAudioData(bytes.buffer);
  } catch (cause) {
    throw new UserError(
      "bad-audio",
      `Cannot read ${name} as audio: the browser does not know its format. Convert it to WAVE.`,
      { cause },
    );
  }
  const samples = new Float32Array(audio.length);
  for (let channel = 0; channel < audio.numberOfChannels; channel++) {
    const values = audio.getChannelData(channel);
    for (let i = 0; i < samples.length; i++) samples[i]! += values[i]! / audio.numberOfChannels;
  }
  return samples;
}
