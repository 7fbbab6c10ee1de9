import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createTarDecoder } from "modern-tar";
import { pcmRecording } from "../../lib/audio/recording.ts";
import { resampler } from "../../lib/audio/resample.ts";
import { readSphereHeader } from "../../lib/audio/sphere.ts";
import { decodeWav, encodeWav16 } from "../../lib/audio/wav.ts";
import { readWavHeader } from "../../lib/audio/wav_header.ts";
import { UserError } from "../../lib/base/errors.ts";
import { decodeClip } from "../../lib/data/decode_clip.ts";
import { ExampleReader } from "../../lib/data/example_reader_io.ts";
import type { Example } from "../../lib/records/example_index.ts";
import { chunk, formatChunk, riff } from "../lib/audio/wav_bytes.ts";
import { sphere } from "../support/sphere_bytes.ts";
import { tempDir } from "../support/temp_dir.ts";
import { damaged, fuzz, MEMORY_BOUND, mustReadOrRefuse, RUNS } from "./fuzz.ts";

const tone = Float32Array.from({ length: 800 }, (_, i) => 0.5 * Math.sin(i / 5));
const body = new Uint8Array(240).map((_, i) => i * 37);
const wavs = [
  encodeWav16(tone, 16000),
  riff(formatChunk({ bits: 24, channels: 2, rate: 48000, extensible: true }), chunk("data", body)),
  riff(formatChunk({ tag: 3, bits: 32 }), chunk("LIST", body), chunk("data", new Uint8Array(400))),
  riff(chunk("data", body), formatChunk({ bits: 8, rate: 8000 })),
  ...await realClips(),
];
const spheres = [
  sphere(Array.from({ length: 300 }, (_, i) => i)),
  sphere(Array.from({ length: 300 }, (_, i) => -i), { bigEndian: true, channels: 2, rate: 8000 }),
];

fuzz(
  "decodeWav() reads damaged WAVE files or says what is wrong",
  damaged(wavs),
  (file) => mustReadOrRefuse(() => decodeWav(file, "x.wav")),
);

fuzz(
  "readSphereHeader() reads damaged SPHERE files or says what is wrong",
  damaged(spheres),
  (file) =>
    mustReadOrRefuse(() =>
      readSphereHeader((at, length) => file.subarray(at, at + length), file.length, "x.sph")
    ),
);

const wavFields = fc.record({
  tag: fc.constantFrom(1, 3),
  channels: fc.integer({ min: 1, max: 300 }),
  rate: fc.oneof(fc.constantFrom(1, 7, 8000, 44101, 767_999), fc.integer({ min: 1, max: 768_000 })),
  bits: fc.constantFrom(8, 16, 24, 32, 64),
});

// Odd rates take long to resample: fewer of them.
fuzz("decodeClip() turns WAVE files of any rate and form into one clip", wavFields, (fields) => {
  const frame = fields.channels * fields.bits / 8;
  const bytes = riff(formatChunk(fields), chunk("data", new Uint8Array(frame * 1000)));
  return mustReadOrRefuse(() => {
    const shape = { sampleRate: 16000, clipSamples: 4000 };
    const clip = decodeClip(pcmRecording(bytes, "x.wav"), 0, shape, (rate) => resampler(rate, 16000));
    assertEquals(clip.length, 4000);
  });
}, Math.ceil(RUNS / 20));

fuzz(
  "encodeWav16() and decodeWav() give 16-bit samples back",
  fc.int16Array({ maxLength: 500 }),
  (samples) => {
    const wave = Float32Array.from(samples, (sample) => sample / 32768);
    const { samples: back } = decodeWav(encodeWav16(wave, 16000), "x.wav");
    assertEquals(back, wave);
  },
);

Deno.test("files that claim 4 GB of samples are refused from their size", async () => {
  await using dir = tempDir();
  const claims = [
    riff(formatChunk({}), chunk("data", new Uint8Array(20), 0xfffffff0)),
    sphere([1, 2, 3], { fields: { sample_count: "-i 2147483648" } }),
  ];
  for (const [i, file] of claims.entries()) {
    Deno.writeFileSync(`${dir.path}/${i}.wav`, file);
    const reader = new ExampleReader({ audio: dir.path }, {
      sampleRate: 16000,
      clipSamples: 16000,
      sampleBits: 16,
    });
    const before = Deno.memoryUsage().rss;
    await assertRejects(
      () => reader.read(clipIn(`${i}.wav`)),
      UserError,
      "Cannot read",
    );
    assert(Deno.memoryUsage().rss - before < 32 << 20);
  }
});

Deno.test("a second at a rate that has no common factor with the wanted one is read in bounded memory", async () => {
  await using dir = tempDir();
  Deno.writeFileSync(`${dir.path}/x.wav`, encodeWav16(new Float32Array(767_999).fill(0.5), 767_999));
  const reader = new ExampleReader({ audio: dir.path }, {
    sampleRate: 16000,
    clipSamples: 16000,
    sampleBits: 16,
  });
  const before = Deno.memoryUsage().external;
  const clip = await reader.read(clipIn("x.wav"));
  assert(Deno.memoryUsage().external - before < MEMORY_BOUND);
  assert(Math.abs(clip[8000]! - 0.5) <= 1 / 32768, `a constant stays what it is, found ${clip[8000]}`);
});

Deno.test("a file of nothing but empty chunks ends soon", () => {
  const empty = chunk("junk", new Uint8Array());
  const many = new Uint8Array(200_000 * empty.length).map((_, i) => empty[i % empty.length]!);
  const file = riff(many);
  assertThrows(() => readWavHeader(file, file.length, "x.wav"), UserError, 'no "fmt " chunk');
});

/** A few recordings of people, for those who have the archive beside the project. */
async function realClips(): Promise<Uint8Array[]> {
  const clips: Uint8Array[] = [];
  let file: Deno.FsFile;
  try {
    file = await Deno.open(new URL("../../../shared/data/fsdd.tar.gz", import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return clips;
    throw error;
  }
  for await (
    const { header, body } of file.readable.pipeThrough(new DecompressionStream("gzip")).pipeThrough(
      createTarDecoder(),
    )
  ) {
    if (header.name.endsWith(".wav")) {
      clips.push(
        new Uint8Array(await new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
      );
    } else await body.cancel();
    if (clips.length === 20) break;
  }
  return clips;
}

function clipIn(path: string): Example {
  return { name: path, input: "audio", path, speaker: "a", samples: 16000, labels: ["yes"] };
}
