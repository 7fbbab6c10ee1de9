import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { ClipReader, readClip } from "../../../lib/datasets/clips_io.ts";
import { scanFolder } from "../../../lib/datasets/folder_io.ts";
import { chunk, formatChunk, riff } from "../audio/wav_bytes.ts";

const SHAPE = { sampleRate: 16000, clipSamples: 16000 };

Deno.test("scanFolder() lists WAVE files of folders, with their headers, and the lists", () => {
  using folder = tempFolder();
  folder.write("yes/a_nohash_0.wav", encodeWav16(new Float32Array(100), 8000));
  const long = chunk("LIST", new Uint8Array(3000));
  folder.write(
    "no/b_nohash_0.WAV",
    riff(long, formatChunk({ channels: 2 }), chunk("data", new Uint8Array(400))),
  );
  folder.write("README.md", new TextEncoder().encode("text"));
  folder.write("yes/notes.txt", new TextEncoder().encode("text"));
  folder.write("docs/notes.txt", new TextEncoder().encode("text"));
  folder.write(".hidden/c.wav", new Uint8Array(4));
  folder.write("yes/._a.wav", new Uint8Array(4));
  const content = scanFolder(folder.path, { badFiles: "error" });
  assertEquals(content.folders, ["no", "yes"]);
  assertEquals(content.lists, undefined);
  assertEquals(content.files.toSorted((a, b) => a.path < b.path ? -1 : 1), [
    { folder: "no", path: "no/b_nohash_0.WAV", speaker: "b", sampleRate: 16000, channels: 2, frames: 100 },
    { folder: "yes", path: "yes/a_nohash_0.wav", speaker: "a", sampleRate: 8000, channels: 1, frames: 100 },
  ]);

  folder.write("validation_list.txt", new TextEncoder().encode("yes/a_nohash_0.wav\r\n\n"));
  folder.write("testing_list.txt", new TextEncoder().encode(""));
  const { lists } = scanFolder(folder.path, { badFiles: "error" });
  assertEquals([...lists!.validation], ["yes/a_nohash_0.wav"]);
});

Deno.test("scanFolder() stops at a truncated file, or skips and lists it", () => {
  using folder = tempFolder();
  folder.write("yes/a_nohash_0.wav", encodeWav16(new Float32Array(100), 16000));
  folder.write("yes/b_nohash_0.wav", encodeWav16(new Float32Array(100), 16000).subarray(0, 100));
  folder.write("yes/c_nohash_0.wav", encodeWav16(new Float32Array(0), 16000));
  const error = assertThrows(() => scanFolder(folder.path, { badFiles: "error" }), UserError, folder.path);
  assertEquals(error.reason, "bad-audio");
  const { files, skipped } = scanFolder(folder.path, { badFiles: "skip" });
  assertEquals(files.map(({ path }) => path), ["yes/a_nohash_0.wav"]);
  assertEquals(skipped.map(({ path }) => path).toSorted(), ["yes/b_nohash_0.wav", "yes/c_nohash_0.wav"]);
  assert(skipped.every(({ reason }) => !reason.includes(folder.path)));
});

Deno.test("scanFolder() refuses a missing and an empty folder", () => {
  using folder = tempFolder();
  assertThrows(
    () => scanFolder(`${folder.path}/none`, { badFiles: "error" }),
    UserError,
    `Cannot index ${folder.path}/none: there is no such folder.`,
  );
  assertThrows(() => scanFolder(folder.path, { badFiles: "error" }), UserError, "found no .wav files");
});

Deno.test("readClip() returns 16-bit audio of the right shape unchanged", () => {
  using folder = tempFolder();
  const samples = Float32Array.from({ length: 16000 }, (_, i) => ((i * 7919) % 65536 - 32768) / 32768);
  folder.write("yes/a.wav", encodeWav16(samples, 16000));
  const read = readClip(folder.path, { path: "yes/a.wav", label: "yes", speaker: "a" }, SHAPE);
  assertEquals(read, Int16Array.from(samples, (value) => value * 32768));
});

Deno.test("readClip() resamples, mixes down and pads", () => {
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
  const read = readClip(folder.path, { path: "yes/a.wav", label: "yes", speaker: "a" }, SHAPE);
  assertEquals(read.length, 16000);
  assert(read.subarray(4000).every((value) => value === 0));
  for (let i = 500; i < 3500; i++) {
    assert(Math.abs(read[i]! - 10000 * Math.sin(2 * Math.PI * 1000 * i / 16000)) < 3, `sample ${i}`);
  }
});

Deno.test("ClipReader reads the window that starts where the clip says", () => {
  using folder = tempFolder();
  folder.write("noise/a.wav", encodeWav16(Float32Array.from({ length: 100 }, (_, i) => i / 1000), 8000));
  const reader = new ClipReader(folder.path, { sampleRate: 8000, clipSamples: 10 });
  const clip = { path: "noise/a.wav", label: "_silence_", speaker: "a" };
  assertEquals(
    [...reader.read({ ...clip, start: 50 })],
    Array.from({ length: 10 }, (_, i) => Math.round((50 + i) * 32.768)),
  );
  assertEquals(reader.read({ ...clip, start: 95 }).filter((value) => value !== 0).length, 5);
  assertThrows(() => reader.read({ ...clip, start: 100 }), UserError, "it has 100 samples");
});

Deno.test("readClip() names a file that cannot be decoded", () => {
  using folder = tempFolder();
  folder.write("yes/a.wav", encodeWav16(new Float32Array(100), 16000).subarray(0, 60));
  const read = () => readClip(folder.path, { path: "yes/a.wav", label: "yes", speaker: "a" }, SHAPE);
  assertThrows(read, UserError, `Cannot read ${folder.path}/yes/a.wav as WAVE audio`);
});

interface TempFolder extends Disposable {
  readonly path: string;
  write(name: string, bytes: Uint8Array): void;
}

function tempFolder(): TempFolder {
  const path = Deno.makeTempDirSync();
  return {
    path,
    write(name, bytes) {
      Deno.mkdirSync(`${path}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeFileSync(`${path}/${name}`, bytes);
    },
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}
