import { assertEquals, assertThrows } from "@std/assert";
import { readAudioHeader } from "../../../lib/audio/audio_header.ts";
import { pcmRecording } from "../../../lib/audio/recording.ts";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { sphere, type SphereFields } from "../../support/sphere_bytes.ts";

const SAMPLES = [0, 1, -1, 256, -32768, 32767];

Deno.test("pcmRecording() reads SPHERE files of either byte order", () => {
  for (const bigEndian of [false, true]) {
    const { decode, frames, sampleRate } = pcmRecording(sphere(SAMPLES, { bigEndian, rate: 8000 }), "a.wav");
    assertEquals([...decode(0, frames)], SAMPLES.map((value) => value / 32768));
    assertEquals(sampleRate, 8000);
  }
});

Deno.test("pcmRecording() tells RIFF from SPHERE by the first bytes, and gives the same samples", () => {
  const wav = encodeWav16(Float32Array.from(SAMPLES, (value) => value / 32768), 16000);
  assertEquals(pcmRecording(wav, "a.wav").decode(0, 6), pcmRecording(sphere(SAMPLES), "a.wav").decode(0, 6));
});

Deno.test("pcmRecording() cuts a stretch, and mixes channels down", () => {
  const { decode, channels } = pcmRecording(sphere(SAMPLES, { channels: 2, bigEndian: true }), "a");
  assertEquals([...decode(1, 2, 1)], [256 / 32768, 32767 / 32768]);
  assertEquals([...decode(1, 2)], [(256 - 1) / 2 / 32768, (32767 - 32768) / 2 / 32768]);
  assertEquals(channels, 2);
  assertThrows(
    () => pcmRecording(sphere(SAMPLES), "a").decode(4, 3),
    UserError,
    "Cannot read samples 4 to 6 of a: it has 6",
  );
});

Deno.test("readAudioHeader() finds a SPHERE header's end where its second line says", () => {
  const header = readAudioHeader(sphere(SAMPLES), 1024 + 12, "a");
  assertEquals([header.dataOffset, header.frames, header.byteOrder], [1024, 6, "little"]);
});

const whole = sphere(SAMPLES);
const wrong: readonly (readonly [string, Uint8Array, string])[] = [
  [
    "a truncated file",
    whole.slice(0, -4),
    "found 8 bytes of samples, wanted 12 for the 6 samples that its header",
  ],
  ["half a header", whole.slice(0, 500), "found 500 bytes, wanted a header of 1024; the file ends early"],
  ["only a magic number", whole.slice(0, 8), "a header that does not say its size"],
  ["no end of the header", replaced(whole, "end_head", "        "), "a header without end_head"],
  [
    "compressed samples",
    sphere(SAMPLES, field("sample_coding", "-s26 pcm,embedded-shorten-v2.00")),
    "found sample_coding pcm,embedded-shorten-v2.00, wanted pcm; unpack it first",
  ],
  ["8-bit samples", sphere(SAMPLES, field("sample_n_bytes", "-i 1")), "samples of 8 bits, wanted 16"],
  ["no byte order", sphere(SAMPLES, field("sample_byte_format", null)), "sample_byte_format missing"],
  ["no length", sphere(SAMPLES, field("sample_count", null)), "sample_count missing"],
  ["no rate", sphere(SAMPLES, field("sample_rate", "-i 0")), "sample_rate 0, wanted a whole number from 1"],
];

for (const [what, bytes, message] of wrong) {
  Deno.test(`readAudioHeader() refuses a SPHERE file with ${what}`, () => {
    const error = assertThrows(() => readAudioHeader(bytes, bytes.length, "x.wav"), UserError, message);
    assertEquals(error.reason, "bad-audio");
    assertEquals(error.message.startsWith("Cannot read x.wav as SPHERE audio: found "), true);
    assertEquals(error.message.endsWith("with ffmpeg -i IN OUT.wav."), true);
  });
}

function field(key: string, value: string | null): SphereFields {
  return { fields: { [key]: value } };
}

function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = new TextDecoder("latin1").decode(bytes).replace(from, to);
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}
