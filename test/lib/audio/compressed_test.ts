/** MP3 and Ogg Vorbis give the sound that was encoded, from its first sample to its last, or a sentence. */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { openRecording } from "../../../lib/audio/open_recording.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { openStream } from "../../../lib/stream/source_io.ts";
import { examineAudio } from "../../../lib/data/examine_io.ts";

const FOLDER = new URL("../../fixtures/audio/", import.meta.url);
/** Encoded by libsndfile 1.2.2: 4,000 samples at 16 kHz, mono, of a sine of 440 Hz at half of full scale. */
const [SAMPLES, RATE, HZ, LEVEL] = [4000, 16000, 440, 0.5];
const WANTED = Float32Array.from(
  { length: SAMPLES },
  (_, n) => LEVEL * Math.sin(2 * Math.PI * HZ * n / RATE),
);
/** Root mean square of what encoders change about it. */
const MOST_ERROR = 0.02;

const read = (name: string) => Deno.readFileSync(new URL(name, FOLDER));

function errorOf(samples: Float32Array): number {
  const squares = samples.reduce((sum, sample, n) => sum + (sample - WANTED[n]!) ** 2, 0);
  return Math.sqrt(squares / samples.length);
}

for (const name of ["tone.mp3", "tone.ogg"]) {
  Deno.test(`${name} is decoded as long as it was, and not late`, async () => {
    const { decode, frames, sampleRate, isFine, gain } = await openRecording(read(name), name);
    assertEquals([frames, sampleRate, isFine, gain], [SAMPLES, RATE, false, 1]);
    const whole = decode(0, frames);
    assert(errorOf(whole) < MOST_ERROR, `${errorOf(whole)}`);
    assertEquals(decode(1000, 10), whole.slice(1000, 1010));
    assertEquals(decode(1000, 10, 0).length, 10);
  });

  Deno.test(`${name} is read where recordings of data sets and streams are`, async () => {
    const path = new URL(name, FOLDER).pathname;
    assertEquals((await examineAudio(path)).frames, SAMPLES);
    const stream = await openStream(path, RATE);
    assertAlmostEquals(stream.seconds, SAMPLES / RATE, 1e-9);
    let heard = 0;
    for await (const block of stream.blocks()) heard += block.length;
    assertEquals(heard, SAMPLES);
  });

  Deno.test(`${name} that is cut is refused`, async () => {
    for (const bytes of [read(name).subarray(0, 900), read(name).subarray(0, 60)]) {
      const error = await assertRejects(
        () => openRecording(bytes, name),
        UserError,
        `Cannot read ${name} as`,
      );
      assertEquals([error.reason, error.message.includes("ffmpeg -i IN OUT.wav")], ["bad-audio", true]);
    }
  });
}

Deno.test("an MP3 behind a tag is the same", async () => {
  const tone = read("tone.mp3");
  const picture = 300; // bytes of a tag that is longer than what is looked at
  const tag = [...new TextEncoder().encode("ID3"), 4, 0, 0, 0, 0, picture >> 7, picture & 127];
  const tagged = Uint8Array.from([...tag, ...new Uint8Array(picture), ...tone]);
  const { frames, decode } = await openRecording(tagged, "a.mp3");
  assertEquals(
    decode(0, frames),
    await openRecording(tone, "a.mp3").then((plain) => plain.decode(0, SAMPLES)),
  );
  await assertRejects(
    () => openRecording(tagged.subarray(0, 1000), "a.mp3"),
    UserError,
    "Cannot read a.mp3 as MP3",
  );
});

Deno.test("what is packed otherwise is refused with its name and how to convert it", async () => {
  const opus = read("tone.ogg").map((byte, i) => i === 29 ? 0 : byte);
  const mp4 = new TextEncoder().encode(`\0\0\0\x20ftypM4A ${"x".repeat(60)}`);
  for (
    const [bytes, kind] of [[opus, "Ogg (Opus, or another codec than Vorbis)"], [mp4, "MP4 or M4A"]] as const
  ) {
    const error = await assertRejects(
      () => openRecording(bytes, "a"),
      UserError,
      `Cannot read a: it is ${kind}`,
    );
    assertEquals(error.message.includes("ffmpeg -i IN OUT.wav"), true);
  }
});

/** `tone.ogg` with each packet of sound in a page of its own, as longer files have several pages. */
function inPages(tone: Uint8Array): { readonly bytes: Uint8Array; readonly begins: readonly number[] } {
  const sound = 3446; // behind two pages of headers
  const head = tone.subarray(sound, sound + 27);
  const sizes = [...tone.subarray(sound + 27, sound + 27 + head[26]!)];
  const pages: Uint8Array[] = [tone.subarray(0, 58), tone.subarray(58, sound)];
  let at = sound + 27 + sizes.length;
  for (let i = 0; i < sizes.length;) {
    const last = sizes.findIndex((size, s) => s >= i && size < 255);
    const table = sizes.slice(i, last + 1);
    const body = tone.subarray(at, at + table.reduce((sum, size) => sum + size, 0));
    const page = Uint8Array.from([...head, ...table, ...body]);
    const isLast = last === sizes.length - 1;
    page.set([isLast ? 4 : 0, ...isLast ? head.subarray(6, 14) : new Uint8Array(8)], 5);
    page[18] = pages.length;
    page[26] = table.length;
    pages.push(page);
    [i, at] = [last + 1, at + body.length];
  }
  const begins = pages.map((_, p) => pages.slice(0, p).reduce((sum, page) => sum + page.length, 0));
  return { bytes: Uint8Array.from(pages.flatMap((page) => [...page])), begins };
}

Deno.test("Ogg that is cut is refused, within a page and between two", async () => {
  const tone = read("tone.ogg");
  const { bytes, begins } = inPages(tone);
  const [plain, paged] = [await openRecording(tone, "a.ogg"), await openRecording(bytes, "a.ogg")];
  assertEquals(paged.decode(0, SAMPLES), plain.decode(0, SAMPLES)); // longer, as its pages do not say where each ends
  assert(begins.length > 6, "several pages of sound");
  for (const begin of begins.slice(3)) {
    for (
      const [length, found] of [
        [begin, "no page that ends its stream"],
        [begin + 2, `a page that is cut off at byte ${begin + 2}`],
        [begin + 20, `a page that is cut off at byte ${begin + 20}`],
        [begin + 29, `a page that is cut off at byte ${begin + 29}`],
      ] as const
    ) {
      await assertRejects(
        () => openRecording(bytes.subarray(0, length), "a.ogg"),
        UserError,
        `Cannot read a.ogg as Ogg Vorbis audio: found ${found}, wanted a whole file`,
      );
    }
  }
  const hole = bytes.map((byte, i) => i === begins[4] ? byte ^ 1 : byte);
  await assertRejects(() => openRecording(hole, "a.ogg"), UserError, `no page at byte ${begins[4]}`);
});

Deno.test("Ogg Vorbis streams that follow on each other are heard one after the other, a tag behind them is not", async () => {
  const tone = read("tone.ogg");
  const plain = (await openRecording(tone, "a.ogg")).decode(0, SAMPLES);
  const { frames, decode, sampleRate } = await openRecording(Uint8Array.from([...tone, ...tone]), "a.ogg");
  assertEquals([frames, sampleRate], [2 * SAMPLES, RATE]);
  assertEquals(decode(0, SAMPLES), plain);
  assertEquals(decode(SAMPLES, SAMPLES), plain);
  await assertRejects(
    () => openRecording(Uint8Array.from([...tone, ...tone.subarray(0, 3600)]), "a.ogg"),
    UserError,
    "a page that is cut off",
  );
  const slower = tone.map((byte, i) => i === 41 ? 0x1f : i === 40 ? 0x40 : byte); // 8000 Hz in its first header
  await assertRejects(
    () => openRecording(Uint8Array.from([...tone, ...slower]), "a.ogg"),
    UserError,
    "found streams of 1 x 16000 Hz and of 1 x 8000 Hz",
  );
  const tagged = await openRecording(
    Uint8Array.from([...tone, ...new TextEncoder().encode("TAG and a title")]),
    "a.ogg",
  );
  assertEquals(tagged.decode(0, tagged.frames), plain);
});
