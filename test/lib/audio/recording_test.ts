import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openRecording } from "../../../lib/audio/open_recording.ts";
import { pcmRecording } from "../../../lib/audio/recording.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { chunk, formatChunk, riff } from "./wav_bytes.ts";

function floats(values: readonly number[], bits: 32 | 64 = 32): Uint8Array {
  const data = bits === 32 ? Float32Array.from(values) : Float64Array.from(values);
  return riff(formatChunk({ tag: 3, bits }), chunk("data", new Uint8Array(data.buffer)));
}

Deno.test("floats within, and somewhat beyond, full scale are as they are", () => {
  for (const bits of [32, 64] as const) {
    const { decode, gain, isFine, isBeyond } = pcmRecording(floats([1e-7, -0.25, 1.5, -7.9], bits), "a.wav");
    assertEquals([gain, isFine, isBeyond], [1, true, true]);
    assertEquals([...decode(0, 4)], [1e-7, -0.25, 1.5, -7.9].map(Math.fround));
  }
});

Deno.test("floats in the range of 16-bit integers are divided by it as a whole, whatever part is read", () => {
  const { decode, gain } = pcmRecording(floats([0, 1, -2, 16384.5, -33000]), "a.wav");
  assertEquals(gain, 1 / 32768);
  assertEquals([...decode(0, 3)], [0, 1, -2].map((value) => value / 32768));
  assertAlmostEquals(decode(4, 1)[0]!, -33000 / 32768, 1e-7);
});

Deno.test("floats in the range of wider integers are refused: what their full scale was cannot be told", () => {
  assertThrows(
    () => pcmRecording(floats([0, 2 ** 30]), "a.wav"),
    UserError,
    "reach 1.074e+9, wanted a full scale of 1",
  );
});

Deno.test("one sample that is not finite makes a recording bad, wherever it is", () => {
  assertThrows(
    () => pcmRecording(floats([0, 0, NaN]), "a.wav"),
    UserError,
    "a.wav as WAVE audio: sample 2 is NaN, wanted a finite number. Copy or record it again, or convert it, for example " +
      "with ffmpeg -i IN OUT.wav.",
  );
});

Deno.test("a recording says how fine it is", () => {
  for (const [bits, fine] of [[8, false], [16, false], [24, true], [32, true]] as const) {
    const bytes = riff(formatChunk({ bits }), chunk("data", new Uint8Array(12)));
    assertEquals(pcmRecording(bytes, "a.wav").isFine, fine);
  }
});

Deno.test("parts and channels that are not there are named", () => {
  const { decode } = pcmRecording(floats([0, 0, 0]), "a.wav");
  assertThrows(() => decode(2, 2), UserError, "Cannot read samples 2 to 3 of a.wav: it has 3 samples.");
  assertThrows(() => decode(0, 1, 1), UserError, "Cannot read channel 1 of a.wav: it has 1");
});

for (
  const [magic, kind] of [["OggS", "Ogg"], ["FORM", "AIFF"], [
    "version https://git-lfs",
    "a pointer",
  ]] as const
) {
  Deno.test(`${kind} is refused with its name and how to convert it`, async () => {
    const bytes = new TextEncoder().encode(`${magic}${"x".repeat(60)}`);
    const error = await assertRejects(() => openRecording(bytes, "a.wav"), UserError, `it is ${kind}`);
    assertEquals(error.message.includes("ffmpeg -i IN OUT.wav"), true);
  });
}
