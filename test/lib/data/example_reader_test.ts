import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { ExampleReader } from "../../../lib/data/example_reader_io.ts";
import type { Example } from "../../../lib/records/example_index.ts";
import { chunk, formatChunk, riff } from "../audio/wav_bytes.ts";
import { tempFolder } from "./temp_folder.ts";

const CLIPS = { sampleRate: 16000, clipSamples: 16000 };

Deno.test("16-bit audio of the right shape is read unchanged", () => {
  using folder = tempFolder();
  const samples = Float32Array.from({ length: 16000 }, (_, i) => ((i * 7919) % 65536 - 32768) / 32768);
  folder.write("yes/a.wav", encodeWav16(samples, 16000));
  const read = new ExampleReader({ audio: folder.path }, CLIPS).read(example());
  assertEquals(read, Int16Array.from(samples, (value) => value * 32768));
});

Deno.test("clips are resampled, mixed down and padded", () => {
  using folder = tempFolder();
  const frames = 11025; // a quarter of a second of 44.1 kHz: 4,000 samples at 16 kHz
  const data = new Int16Array(2 * frames);
  for (let i = 0; i < frames; i++) {
    data[2 * i] = 20000 * Math.sin(2 * Math.PI * 1000 * i / 44100);
    data[2 * i + 1] = 0;
  }
  folder.write(
    "yes/a.wav",
    riff(formatChunk({ channels: 2, rate: 44100 }), chunk("data", new Uint8Array(data.buffer))),
  );
  const read = new ExampleReader({ audio: folder.path }, CLIPS).read(example());
  assertEquals(read.length, 16000);
  assert(read.subarray(4000).every((value) => value === 0));
  for (let i = 500; i < 3500; i++) {
    assert(Math.abs(read[i]! - 10000 * Math.sin(2 * Math.PI * 1000 * i / 16000)) < 3, `sample ${i}`);
  }
});

Deno.test("a window is read from where the clip says", () => {
  using folder = tempFolder();
  folder.write("noise/a.wav", encodeWav16(Float32Array.from({ length: 100 }, (_, i) => i / 1000), 8000));
  const reader = new ExampleReader({ audio: folder.path }, { sampleRate: 8000, clipSamples: 10 });
  const clip = example({ path: "noise/a.wav", samples: 10 });
  assertEquals(
    [...reader.read({ ...clip, start: 50 })],
    Array.from({ length: 10 }, (_, i) => Math.round((50 + i) * 32.768)),
  );
  assertEquals(reader.read({ ...clip, start: 95 }).filter((value) => value !== 0).length, 5);
  assertThrows(() => reader.read({ ...clip, start: 100 }), UserError, "it has 100 samples");
});

Deno.test("a file that cannot be decoded is named", () => {
  using folder = tempFolder();
  folder.write("yes/a.wav", encodeWav16(new Float32Array(100), 16000).subarray(0, 60));
  const read = () => new ExampleReader({ audio: folder.path }, CLIPS).read(example());
  assertThrows(read, UserError, `Cannot read ${folder.path}/yes/a.wav as WAVE audio`);
});

Deno.test("examples of any length are read whole, or the stretch that is theirs, from the folder they are in", () => {
  using folder = tempFolder();
  folder.write("a.wav", encodeWav16(Float32Array.from({ length: 100 }, (_, i) => i / 1000), 8000));
  const reader = new ExampleReader({ audio: "/none", more: folder.path }, {
    sampleRate: 8000,
    clipSamples: null,
  });
  const whole = example({ input: "more", path: "a.wav", samples: 100 });
  assertEquals(reader.read(whole).length, 100);
  const stretch = { ...whole, start: 50, count: 10, samples: 10 };
  assertEquals(
    [...reader.read(stretch)],
    Array.from({ length: 10 }, (_, i) => Math.round((50 + i) * 32.768)),
  );
  assertThrows(() => reader.read({ ...stretch, count: 51 }), UserError, "it has 100");
});

Deno.test("a recording that has another length than when it was indexed is an error that says so", () => {
  using folder = tempFolder();
  folder.write("a.wav", encodeWav16(new Float32Array(100), 8000));
  const reader = new ExampleReader({ audio: folder.path }, { sampleRate: 16000, clipSamples: null });
  const error = assertThrows(
    () => reader.read(example({ name: "a", path: "a.wav", samples: 201 })),
    UserError,
    "Cannot use a: it has 200 samples, its index says 201.",
  );
  assertEquals(error.reason, "input-changed");
});

function example(values: Partial<Example> = {}): Example {
  return {
    name: "yes/a.wav",
    input: "audio",
    path: "yes/a.wav",
    speaker: "a",
    samples: 16000,
    labels: ["yes"],
    ...values,
  };
}
