import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { ExampleReader } from "../../../lib/data/example_reader_io.ts";
import type { Example } from "../../../lib/records/example_index.ts";
import { chunk, formatChunk, riff } from "../audio/wav_bytes.ts";
import { tempFolder } from "./temp_folder.ts";

const CLIPS = { sampleRate: 16000, clipSamples: 16000, sampleBits: 16 } as const;

Deno.test("16-bit audio of the right shape is read unchanged", async () => {
  using folder = tempFolder();
  const samples = Float32Array.from({ length: 16000 }, (_, i) => ((i * 7919) % 65536 - 32768) / 32768);
  folder.write("yes/a.wav", encodeWav16(samples, 16000));
  const read = await new ExampleReader({ audio: folder.path }, CLIPS).read(example());
  assertEquals(read, samples);
});

Deno.test("clips are resampled, mixed down and padded", async () => {
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
  const read = await new ExampleReader({ audio: folder.path }, CLIPS).read(example());
  assertEquals(read.length, 16000);
  assert(read.subarray(4000).every((value) => value === 0));
  for (let i = 500; i < 3500; i++) {
    assert(Math.abs(read[i]! * 32768 - 10000 * Math.sin(2 * Math.PI * 1000 * i / 16000)) < 3, `sample ${i}`);
  }
});

Deno.test("a window is read from where the clip says", async () => {
  using folder = tempFolder();
  folder.write("noise/a.wav", encodeWav16(Float32Array.from({ length: 100 }, (_, i) => i / 1000), 8000));
  const reader = new ExampleReader({ audio: folder.path }, {
    sampleRate: 8000,
    clipSamples: 10,
    sampleBits: 16,
  });
  const clip = example({ path: "noise/a.wav", samples: 10 });
  assertEquals(
    [...await reader.read({ ...clip, start: 50 })],
    Array.from({ length: 10 }, (_, i) => Math.round((50 + i) * 32.768) / 32768),
  );
  assertEquals((await reader.read({ ...clip, start: 95 })).filter((value) => value !== 0).length, 5);
  await assertRejects(() => reader.read({ ...clip, start: 100 }), UserError, "it has 100 samples");
});

Deno.test("a file that cannot be decoded is named", async () => {
  using folder = tempFolder();
  folder.write("yes/a.wav", encodeWav16(new Float32Array(100), 16000).subarray(0, 60));
  const read = () => new ExampleReader({ audio: folder.path }, CLIPS).read(example());
  await assertRejects(read, UserError, `Cannot read ${folder.path}/yes/a.wav as WAVE audio`);
});

Deno.test("examples of any length are read whole, or the stretch that is theirs, from the folder they are in", async () => {
  using folder = tempFolder();
  folder.write("a.wav", encodeWav16(Float32Array.from({ length: 100 }, (_, i) => i / 1000), 8000));
  const reader = new ExampleReader({ audio: "/none", more: folder.path }, {
    sampleRate: 8000,
    clipSamples: null,
    sampleBits: 16,
  });
  const whole = example({ input: "more", path: "a.wav", samples: 100 });
  assertEquals((await reader.read(whole)).length, 100);
  const stretch = { ...whole, start: 50, count: 10, samples: 10 };
  assertEquals(
    [...await reader.read(stretch)],
    Array.from({ length: 10 }, (_, i) => Math.round((50 + i) * 32.768) / 32768),
  );
  await assertRejects(() => reader.read({ ...stretch, count: 51 }), UserError, "it has 100");
});

Deno.test("a recording that has another length than when it was indexed is an error that says so", async () => {
  using folder = tempFolder();
  folder.write("a.wav", encodeWav16(new Float32Array(100), 8000));
  const reader = new ExampleReader({ audio: folder.path }, {
    sampleRate: 16000,
    clipSamples: null,
    sampleBits: 16,
  });
  const error = await assertRejects(
    () => reader.read(example({ name: "a", path: "a.wav", samples: 201 })),
    UserError,
    "Cannot use a: it has 200 samples, its index says 201.",
  );
  assertEquals(error.reason, "input-changed");
});

Deno.test("what is quieter than 16 bits can say stays where a recording has more", async () => {
  using folder = tempFolder();
  const quiet = Float32Array.from({ length: 16000 }, (_, i) => 1e-5 * Math.sin(i / 7));
  const [whole, fine] = [new DataView(new ArrayBuffer(48000)), new DataView(new ArrayBuffer(64000))];
  quiet.forEach((value, i) => {
    const rounded = Math.round(value * 2 ** 23);
    whole.setUint8(3 * i, rounded & 255);
    whole.setInt16(3 * i + 1, rounded >> 8, true);
    fine.setFloat32(4 * i, value, true);
  });
  const shape = { ...CLIPS, sampleBits: 32 } as const;
  const reader = new ExampleReader({ audio: folder.path }, shape);
  folder.write(
    "yes/a.wav",
    riff(formatChunk({ tag: 3, bits: 32 }), chunk("data", new Uint8Array(fine.buffer))),
  );
  assertEquals(await reader.read(example()), quiet);
  folder.write("yes/a.wav", riff(formatChunk({ bits: 24 }), chunk("data", new Uint8Array(whole.buffer))));
  const read = await reader.read(example());
  assertEquals(read, quiet.map((value) => Math.round(value * 2 ** 23) / 2 ** 23));
});

Deno.test("the ends of a clip are those of the whole recording resampled, and not of silence beside it", async () => {
  using folder = tempFolder();
  const tone = (rate: number, i: number) => 0.5 * Math.sin(2 * Math.PI * 440 * i / rate);
  folder.write(
    "yes/a.wav",
    encodeWav16(Float32Array.from({ length: 44100 }, (_, i) => tone(44100, i)), 44100),
  );
  const reader = new ExampleReader({ audio: folder.path }, { ...CLIPS, clipSamples: 4000 });
  const clip = await reader.read(example({ start: 11025, samples: 4000 }));
  for (const i of [0, 1, 2, 3998, 3999]) {
    assertAlmostEquals(clip[i]!, tone(16000, 4000 + i), 1e-4, `sample ${i}`);
  }
});

Deno.test("one channel is heard where the example says which", async () => {
  using folder = tempFolder();
  const data = Int16Array.from({ length: 200 }, (_, i) => i % 2 === 0 ? 1000 : -3000);
  folder.write("a.wav", riff(formatChunk({ channels: 2 }), chunk("data", new Uint8Array(data.buffer))));
  const reader = new ExampleReader({ audio: folder.path }, { ...CLIPS, clipSamples: null });
  const first = async (channel?: number) => {
    const values = { path: "a.wav", samples: 100, ...(channel === undefined ? {} : { channel }) };
    return (await reader.read(example(values)))[50]! * 32768;
  };
  assertEquals([await first(0), await first(1), await first()], [1000, -3000, -1000]);
});

Deno.test("readStored() gives what read() gives, as 16-bit integers where the index says 16 bits", async () => {
  using folder = tempFolder();
  const stereo = Int16Array.from({ length: 400 }, (_, i) => (i * 7919) % 65536 - 32768);
  const bytes = new Uint8Array(stereo.buffer);
  folder.write("yes/a.wav", riff(formatChunk({ channels: 2 }), chunk("data", bytes)));
  folder.write("yes/b.wav", riff(formatChunk({ channels: 1 }), chunk("data", bytes)));
  folder.write("yes/c.wav", riff(formatChunk({ channels: 1, rate: 8000 }), chunk("data", bytes)));
  const odd = riff(chunk("note", new Uint8Array(1)), formatChunk({ channels: 1 }), chunk("data", bytes));
  folder.write("yes/d.wav", odd);
  for (const sampleBits of [16, 32] as const) {
    const reader = new ExampleReader({ audio: folder.path }, {
      sampleRate: 16000,
      clipSamples: null,
      sampleBits,
    });
    for (
      const [path, samples, changes] of [
        ["yes/a.wav", 200, {}],
        ["yes/a.wav", 200, { channel: 1 }],
        ["yes/a.wav", 20, { channel: 0, start: 7, count: 20 }],
        ["yes/b.wav", 400, {}],
        ["yes/b.wav", 33, { start: 367, count: 33 }],
        ["yes/c.wav", 800, {}],
        ["yes/d.wav", 400, {}],
      ] as const
    ) {
      const clip = example({ path, samples, ...changes });
      const stored = await reader.readStored(clip);
      assertEquals(stored instanceof Int16Array, sampleBits === 16);
      const scale = sampleBits === 16 ? 32768 : 1;
      const read = Float32Array.from(stored, (sample) => sample / scale);
      assertEquals(await reader.read(clip), read, path);
      const { start = 0, channel }: Partial<Example> = changes;
      if (path === "yes/c.wav") continue; // resampled
      const wanted = read.map((_, i) =>
        path !== "yes/a.wav"
          ? stereo[start + i]! / 32768
          : channel === undefined
          ? (stereo[2 * i]! + stereo[2 * i + 1]!) / 65536
          : stereo[2 * (start + i) + channel]! / 32768
      );
      const most = sampleBits === 16 && path === "yes/a.wav" && channel === undefined ? 2 ** -16 : 0;
      assert(read.every((value, i) => Math.abs(value - wanted[i]!) <= most), path);
    }
  }
});

Deno.test("examples that are asked for at once are read one after the other; what is only lent is refused then", async () => {
  using folder = tempFolder();
  const samples = (period: number) => Float32Array.from({ length: 16000 }, (_, i) => (i % period) / 1024);
  folder.write("yes/a.wav", encodeWav16(samples(7), 16000));
  folder.write("yes/b.wav", encodeWav16(samples(11), 16000));
  const reader = new ExampleReader({ audio: folder.path }, CLIPS);
  const [a, b] = [example(), example({ name: "b", path: "yes/b.wav" })];
  const none = reader.read(example({ path: "yes/none.wav" }));
  const both = Promise.all([reader.read(a), reader.read(b)]);
  await assertRejects(() => none, Deno.errors.NotFound, "none.wav");
  assertEquals(await both, [samples(7), samples(11)]);
  const lent = reader.readStored(a);
  const message = "Cannot read b while another example is being read";
  await assertRejects(() => reader.readStored(b), Error, message);
  assertEquals(await lent, Int16Array.from(samples(7), (sample) => sample * 32768));
  assertEquals(await reader.readStored(b), Int16Array.from(samples(11), (sample) => sample * 32768));
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
