/** A recording's file as a take. */
import { openRecording } from "../audio/open_recording.ts";
import type { Take } from "./takes.ts";

/** @param bytes The file. @param name What error messages call it. @throws {UserError} `bad-audio` if it cannot be decoded. */
export async function readTake(bytes: Uint8Array, name: string): Promise<Take> {
  const recording = await openRecording(bytes, name);
  return { name, samples: recording.decode(0, recording.frames), sampleRate: recording.sampleRate };
}
