import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { REMEDY } from "../../../lib/audio/bad_audio.ts";
import { decodeWav, encodeWav16, roundTo16, toInt16 } from "../../../lib/audio/wav.ts";
import { readWavHeader } from "../../../lib/audio/wav_header.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { chunk, formatChunk, riff } from "./wav_bytes.ts";

const VALUES = [0, 0.5, -0.5, 0.25, -1];

const ENCODINGS: readonly [string, number, number, (value: number, fields: DataView, at: number) => void][] =
  [
    ["8 bit", 1, 8, (v, f, at) => f.setUint8(at, v * 128 + 128)],
    ["16 bit", 1, 16, (v, f, at) => f.setInt16(at, v * 2 ** 15, true)],
    ["24 bit", 1, 24, (v, f, at) => {
      f.setUint8(at, (v * 2 ** 23) & 255);
      f.setInt16(at + 1, Math.floor(v * 2 ** 15), true);
    }],
    ["32 bit", 1, 32, (v, f, at) => f.setInt32(at, v * 2 ** 31, true)],
    ["float32", 3, 32, (v, f, at) => f.setFloat32(at, v, true)],
    ["float64", 3, 64, (v, f, at) => f.setFloat64(at, v, true)],
  ];

for (const [name, tag, bits, write] of ENCODINGS) {
  for (const extensible of [false, true]) {
    Deno.test(`decodeWav() reads ${name} when the format is ${extensible ? "extensible" : "plain"}`, () => {
      const data = samplesOf(VALUES, bits, write);
      const wav = decodeWav(riff(formatChunk({ tag, bits, extensible }), chunk("data", data)), "x.wav");
      assertEquals(wav.sampleRate, 16000);
      assertEquals(wav.channels, 1);
      assertEquals([...wav.samples], VALUES);
    });
  }
}

Deno.test("decodeWav() keeps the low byte of 24-bit samples", () => {
  const bytes = riff(formatChunk({ bits: 24 }), chunk("data", new Uint8Array([1, 0, 0, 255, 255, 255])));
  assertEquals([...decodeWav(bytes, "x.wav").samples], [2 ** -23, -(2 ** -23)]);
});

Deno.test("decodeWav() mixes channels by their mean", () => {
  const data = samplesOf([0.5, 0.25, -0.5, -0.25], 16, (v, f, at) => f.setInt16(at, v * 2 ** 15, true));
  const wav = decodeWav(riff(formatChunk({ channels: 2 }), chunk("data", data)), "x.wav");
  assertEquals(wav.channels, 2);
  assertEquals([...wav.samples], [0.375, -0.375]);
});

Deno.test("decodeWav() finds its chunks when others of odd size stand between and data comes first", () => {
  const data = chunk("data", new Uint8Array([0, 64]));
  const odd = chunk("LIST", new Uint8Array([1, 2, 3]));
  assertEquals([...decodeWav(riff(odd, data, odd, formatChunk({})), "x.wav").samples], [0.5]);
});

Deno.test("encodeWav16() gives back 16-bit audio unchanged and clips what is louder", () => {
  const samples = new Float32Array([0, 1 / 32768, -1, 0.999969482421875, 1.5, -1.5]);
  const decoded = decodeWav(encodeWav16(samples, 8000), "x.wav");
  assertEquals(decoded.sampleRate, 8000);
  assertEquals([...decoded.samples], [0, 1 / 32768, -1, 32767 / 32768, 32767 / 32768, -1]);
});

Deno.test("encodeWav16() refuses NaN", () => {
  assertThrows(() => encodeWav16(new Float32Array([0, NaN]), 8000), RangeError, "sample 1");
});

const BAD: readonly [string, Uint8Array, string][] = [
  ["an empty file", new Uint8Array(0), "found 0 bytes"],
  ["text", new TextEncoder().encode("once upon a time"), 'starts with "once....n a "'],
  ["FLAC", new TextEncoder().encode("fLaC0123456789"), 'starts with "fLaC'],
  ["mu-law", riff(formatChunk({ tag: 7, bits: 8 }), chunk("data", new Uint8Array(4))), "encoding 7 (mu-law)"],
  [
    "ADPCM",
    riff(formatChunk({ tag: 2, bits: 4 }), chunk("data", new Uint8Array(4))),
    "encoding 2 (Microsoft ADPCM)",
  ],
  ["zero channels", riff(formatChunk({ channels: 0 }), chunk("data", new Uint8Array(4))), "0 channels"],
  ["a rate of zero", riff(formatChunk({ rate: 0 }), chunk("data", new Uint8Array(4))), "sample rate of 0 Hz"],
  ["12 bits", riff(formatChunk({ bits: 12 }), chunk("data", new Uint8Array(4))), "samples of 12 bits"],
  ["no format", riff(chunk("data", new Uint8Array(4))), 'no "fmt " chunk'],
  ["no data", riff(formatChunk({})), 'no "data" chunk'],
  ["half a frame", riff(formatChunk({}), chunk("data", new Uint8Array(3))), "found 3 bytes of samples"],
  [
    "truncated data",
    riff(formatChunk({}), chunk("data", new Uint8Array(100))).subarray(0, 80),
    "claims 100 bytes where 36 are left",
  ],
  [
    "4 GB claimed",
    riff(formatChunk({}), chunk("data", new Uint8Array(4), 0xfffffff0)),
    "claims 4294967280 bytes",
  ],
  [
    "two formats",
    riff(formatChunk({}), formatChunk({ rate: 8000 }), chunk("data", new Uint8Array(4))),
    "two ",
  ],
  ["a ds64 chunk of four bytes", riff(chunk("ds64", new Uint8Array(4))), 'a "ds64" chunk that is cut off'],
  ["a ds64 chunk that ends early", riff(chunk("ds64", new Uint8Array(6), 28)), 'a "ds64" chunk that is cut'],
];

for (const [name, bytes, text] of BAD) {
  Deno.test(`decodeWav() refuses ${name} with the file's name`, () => {
    const error = assertThrows(() => decodeWav(bytes, "dir/x.wav"), UserError, text);
    assertEquals(error.reason, "bad-audio");
    assertEquals(error.message.startsWith("Cannot read dir/x.wav as WAVE audio: found "), true);
    assertEquals(error.message.includes(", wanted "), true);
    assertEquals(error.message.split(REMEDY).length, 2, "what to do is said once");
    assertEquals(error.message.endsWith(`. ${REMEDY}`), true);
  });
}

Deno.test("decodeWav() refuses infinite samples and says where", () => {
  const data = samplesOf([0, Infinity], 32, (v, f, at) => f.setFloat32(at, v, true));
  assertThrows(
    () => decodeWav(riff(formatChunk({ tag: 3, bits: 32 }), chunk("data", data)), "x.wav"),
    UserError,
    "sample 1 is Infinity",
  );
});

Deno.test("readWavHeader() reads only the parts it needs", () => {
  const bytes = riff(
    chunk("LIST", new Uint8Array(5000)),
    formatChunk({}),
    chunk("data", new Uint8Array(20000)),
  );
  let read = 0;
  const header = readWavHeader(
    (offset, length) => {
      read += length;
      return bytes.subarray(offset, offset + length);
    },
    bytes.length,
    "x.wav",
  );
  assertEquals(header.frames, 10000);
  assertAlmostEquals(read, 60, 20);
});

for (
  const [name, riffBytes, dataBytes] of [
    ["ffmpeg", 0xffffffff, 0xffffffff],
    ["sox", 0x7ffff024, 0x7ffff000],
    ["arecord", 0x80000024, 0x80000000],
    ["zeros", 0, 0],
    ["a header that was never completed", 36, 0],
  ] as const
) {
  Deno.test(`decodeWav() reads a stream to the end of the file when its sizes are those of ${name}`, () => {
    const bytes = riff(formatChunk({}), chunk("data", new Uint8Array([0, 64, 0, 192, 7]), dataBytes))
      .subarray(0, 49);
    new DataView(bytes.buffer).setUint32(4, riffBytes, true);
    assertEquals([...decodeWav(bytes, "x.wav").samples], [0.5, -0.5]);
  });
}

Deno.test("roundTo16() gives what toInt16() gives, of full scale 1, and no negative zero", () => {
  const samples = Float32Array.of(0.3, -0.3, 2, -2, -1e-9, 1.5 / 32768, -1.5 / 32768);
  assertEquals(roundTo16(samples), Float32Array.from(toInt16(samples), (value) => value / 32768));
  assertEquals(Object.is(roundTo16(samples)[4], 0), true);
  assertThrows(() => roundTo16(Float32Array.of(0, NaN)), RangeError, "Cannot encode sample 1");
});

Deno.test("decodeWav() reads no chunk that follows as samples when there are none", () => {
  assertEquals(
    decodeWav(riff(formatChunk({}), chunk("data", new Uint8Array()), chunk("LIST", new Uint8Array(8))), "x")
      .samples.length,
    0,
  );
});

Deno.test("decodeWav() reads as many samples of RF64 as its ds64 chunk says", () => {
  const sizes = new DataView(new ArrayBuffer(28));
  sizes.setBigUint64(8, 4n, true);
  const data = chunk("data", new Uint8Array([0, 64, 0, 192]), 0xffffffff);
  const bytes = riff(
    chunk("ds64", new Uint8Array(sizes.buffer)),
    formatChunk({}),
    data,
    chunk("LIST", new Uint8Array(8)),
  );
  bytes.set(new TextEncoder().encode("RF64"));
  new DataView(bytes.buffer).setUint32(4, 0xffffffff, true);
  assertEquals([...decodeWav(bytes, "x.wav").samples], [0.5, -0.5]);
});

function samplesOf(
  values: readonly number[],
  bits: number,
  write: (value: number, fields: DataView, at: number) => void,
): Uint8Array {
  const fields = new DataView(new ArrayBuffer(values.length * bits / 8));
  values.forEach((value, i) => write(value, fields, i * bits / 8));
  return new Uint8Array(fields.buffer);
}

Deno.test("decodeWav() gives the same wherever the file lies in memory", () => {
  const file = encodeWav16(Float32Array.of(0, 0.25, -1, 0.5), 8000);
  const moved = new Uint8Array(file.length + 1);
  moved.set(file, 1);
  assertEquals([...decodeWav(moved.subarray(1), "x.wav").samples], [0, 0.25, -1, 0.5]);
  assertEquals(decodeWav(moved.subarray(1), "x.wav"), decodeWav(file, "x.wav"));
});
