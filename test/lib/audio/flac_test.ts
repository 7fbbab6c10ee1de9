import { assertEquals, assertRejects } from "@std/assert";
import { openRecording } from "../../../lib/audio/open_recording.ts";
import { UserError } from "../../../lib/base/errors.ts";

/** Encoded by libFLAC 1.4.3: 16 bits, 16 kHz, mono. */
const MONO = Uint8Array.fromBase64(
  "ZkxhQwAAACIQABAAAAAmAAAmA+gA8AAAABCHO0FUULNLbxlvitZeur2rhAAAKCAAAAByZWZlcmVuY2UgbGliRkxBQyAxLjQuMyAyMDIzMDYyMw" +
    "AAAAD/+GUIAA/YEBA0+hT5/D//cP/+ajYbg0+hT5/D//cP/+ajYbiDxw==",
);
/** Likewise: 24 bits, 48 kHz, stereo. */
const STEREO = Uint8Array.fromBase64(
  "ZkxhQwAAACIQABAAAAAtAAAtC7gDcAAAAAiJTCR+BVbtndMzePPMT6OkhAAAKCAAAAByZWZlcmVuY2UgbGliRkxBQyAxLjQuMyAyMDIzMDYyMw" +
    "AAAAD/+GqsAAfREEwbIAACARuBsgAAIBG4QTCVn///MP///oEJWf//8w///+gQwGA=",
);

Deno.test("FLAC of 16 bits gives the integers that were encoded", async () => {
  const { decode, frames, ...facts } = await openRecording(MONO, "a.flac");
  assertEquals(facts, { sampleRate: 16000, channels: 1, isFine: false, gain: 1, isBeyond: false });
  const wanted = [0, 1000, -1000, 32767, -32768, 5, 6, 7];
  assertEquals([...decode(0, frames)].map((value) => value * 32768), [...wanted, ...wanted]);
  assertEquals([...decode(9, 2)].map((value) => value * 32768), [1000, -1000]);
});

Deno.test("FLAC of 24 bits is fine, and its channels are mixed or told apart", async () => {
  const { decode, frames, sampleRate, isFine } = await openRecording(STEREO, "a.flac");
  assertEquals([frames, sampleRate, isFine], [8, 48000, true]);
  assertEquals([...decode(0, 4, 0)].map((value) => value * 2 ** 23), [1, 2 ** 22 + 1, -(2 ** 23), 7]);
  assertEquals([...decode(0, 4, 1)].map((value) => value * 2 ** 23), [-1, 3, 2 ** 23 - 1, 8]);
  assertEquals([...decode(0, 4)].map((value) => value * 2 ** 23), [0, 2 ** 21 + 2, -0.5, 7.5]);
});

const changed = (at: number) => MONO.map((byte, i) => i === at ? byte ^ 4 : byte);
const BAD: readonly (readonly [string, Uint8Array, string])[] = [
  ["truncated", MONO.subarray(0, 100), "samples that can be decoded, wanted 16"],
  ["cut in its header", MONO.subarray(0, 20), "no stream information"],
  ["changed in its samples", changed(112), "Cannot read a.flac as FLAC audio: found "],
  ["changed in its digest", changed(30), "the digest in its header"],
];

for (const [how, bytes, text] of BAD) {
  Deno.test(`FLAC that is ${how} is refused`, async () => {
    const error = await assertRejects(() => openRecording(bytes, "a.flac"), UserError, text);
    assertEquals([error.reason, error.message.split("ffmpeg -i IN OUT.wav.").length], ["bad-audio", 2]);
  });
}
