import { assert, assertEquals } from "@std/assert";
import { peak, rms } from "../../../lib/audio/level.ts";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { openEngines } from "../../../lib/speech/engines_io.ts";
import { labelsText } from "../../../lib/stream/labels.ts";
import { openStream } from "../../../lib/stream/source_io.ts";
import { makeStream } from "../../../lib/stream/voices/maker_io.ts";
import { renderStream, SEGMENT_SECONDS } from "../../../lib/stream/voices/render.ts";
import { tempDir } from "../../support/temp_dir.ts";

const SETTINGS = {
  seed: 3,
  minutes: 2.1,
  voices: 3,
  wordsPerMinute: 20,
  snrDb: null,
  side: "test" as const,
  words: ["yes", "no", "stop"],
  heard: [],
  sampleRate: 8000,
};

Deno.test("a stream is rendered in segments, its words where labels say, some across borders", async () => {
  const engines = await openEngines(["espeak", "flite", "gnuspeech"]);
  const segments = [...renderStream(SETTINGS, engines)];
  assertEquals(segments.map(({ samples }) => samples.length), [60, 60, 6].map((seconds) => 8000 * seconds));
  const words = segments.flatMap(({ words }, i) =>
    words.map(({ start, end, word }) => ({
      start: start + SEGMENT_SECONDS * i,
      end: end + SEGMENT_SECONDS * i,
      word,
    }))
  );
  assert(words.length > 20, `${words.length} words`);
  assert(
    words.every(({ start, end }, i) => end > start && start >= (words[i - 1]?.end ?? 0)),
    "in order, one at a time",
  );
  const crossing = words.filter(({ start, end }) =>
    Math.floor(start / SEGMENT_SECONDS) !== Math.floor((end - 1e-3) / SEGMENT_SECONDS)
  );
  assert(crossing.length >= 1, "a word lies across a border");
  const all = new Float32Array(segments.reduce((sum, { samples }) => sum + samples.length, 0));
  segments.reduce((at, { samples }) => (all.set(samples, at), at + samples.length), 0);
  for (const { start, end, word } of words) {
    const inside = rms(all.subarray(Math.round(start * 8000), Math.round(end * 8000)));
    assert(inside > 0.02, `${word} at ${start} is heard, found ${inside}`);
    const [before, after] = [
      all.subarray(Math.round((start - 0.05) * 8000), Math.round((start - 0.03) * 8000)),
      all.subarray(Math.round((end + 0.03) * 8000), Math.round((end + 0.05) * 8000)),
    ];
    assert(
      rms(before) < inside / 10 && rms(after) < inside / 10,
      `nothing is said around ${word} at ${start}`,
    );
  }
  assert(peak(all) <= 1);
  assertEquals([...renderStream(SETTINGS, engines)], segments, "the same each time");
});

Deno.test("a stream's folder is read as one stream, at any rate, with the words of all its files", async () => {
  await using dir = tempDir();
  await makeStream({ ...SETTINGS, minutes: 1.2, snrDb: 10 }, `${dir.path}/a`, { progress: () => {} });
  const read = async (path: string, rate: number, labels?: string) => {
    const source = await openStream(path, rate);
    const parts = [];
    for await (const block of source.blocks()) parts.push(...block);
    return { ...source, words: source.words(labels), samples: Float32Array.from(parts) };
  };
  const { seconds, words, samples } = await read(`${dir.path}/a`, 8000);
  assertEquals([seconds, samples.length], [72, 72 * 8000]);
  assert(words!.some(({ start }) => start > 60), "times go on over files");
  // The same as one file with its labels beside it, whatever the rate is changed to.
  Deno.writeFileSync(`${dir.path}/b.wav`, encodeWav16(samples, 8000));
  Deno.writeTextFileSync(`${dir.path}/b.csv`, labelsText(words!));
  const one = await read(`${dir.path}/b.wav`, 8000, `${dir.path}/b.csv`);
  assertEquals(one.samples, samples);
  assertEquals((await read(`${dir.path}/b.wav`, 8000)).words, null, "a file's labels are named");
  assertEquals(one.words!.length, words!.length);
  const up = await read(`${dir.path}/b.wav`, 12000);
  assertEquals([up.seconds, up.samples.length], [72, 72 * 12000]);
});
