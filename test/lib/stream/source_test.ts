import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { checkStream, openStream, sharedRecordings, streamCheck } from "../../../lib/stream/source_io.ts";
import { tempDir } from "../../support/temp_dir.ts";

const CLIP = { sampleRate: 8000, clipSamples: 8000 };

Deno.test("checkStream() refuses a stream in which no decision can be made, whatever its rate", async () => {
  await using dir = tempDir();
  const write = (name: string, samples: number, rate: number) => {
    Deno.mkdirSync(`${dir.path}/${name.split("/")[0]}`, { recursive: true });
    Deno.writeFileSync(`${dir.path}/${name}`, encodeWav16(new Float32Array(samples).fill(0.1), rate));
  };
  write("a/1.wav", 16000 * 0.4, 16000);
  const alone = await assertRejects(() => checkStream(`${dir.path}/a/1.wav`, CLIP), UserError);
  assertEquals(
    [alone.reason, alone.message],
    [
      "bad-audio",
      `Cannot listen to ${dir.path}/a/1.wav: it has 0.40 s of sound, wanted at least the 1.00 s that one decision ` +
      "hears. Give a longer recording.",
    ],
  );
  write("a/2.wav", 8000 * 0.5, 8000);
  await assertRejects(() => checkStream(`${dir.path}/a`, CLIP), UserError, "it has 0.90 s of sound");
  write("a/3.wav", 8000 * 0.1, 8000);
  await checkStream(`${dir.path}/a`, CLIP);
  Deno.mkdirSync(`${dir.path}/none`);
  await assertRejects(() => checkStream(`${dir.path}/none`, CLIP), UserError, "found no recordings in it");
});

Deno.test("labels behind the end of their recording are refused as those of another one", async () => {
  await using dir = tempDir();
  const path = `${dir.path}/long.wav`;
  Deno.writeFileSync(path, encodeWav16(new Float32Array(8000 * 60).fill(0.1), 8000));
  const over = dir.write("over.csv", "1,2,yes\n1000,1001,no\n");
  const wanted =
    `Cannot read the labels ${over}: line 2 says "no" from 1000 to 1001 s, but ${path} ends at 60.00 s, ` +
    "wanted labels of that recording. Give its own, or correct the line.";
  const error = await assertRejects(() => checkStream(path, CLIP, over), UserError);
  assertEquals([error.reason, error.message], ["bad-dataset", wanted]);
  const stream = await openStream(path, 8000);
  assertThrows(() => stream.words(over), UserError, wanted);
  for (const line of ["59.8,61,no", "59,1001,no"]) {
    const other = dir.write("other.csv", line);
    await assertRejects(() => checkStream(path, CLIP, other), UserError, "other.csv: line 1 says");
  }
  const late = dir.write("late.csv", "59.2,60.1,no\n");
  await checkStream(path, CLIP, late);
  assertEquals(
    stream.words(late),
    [{ start: 59.2, end: 60.1, word: "no" }],
    "an end that is set a little late",
  );
});

Deno.test("labels of a folder's files are of each file, not of the whole", async () => {
  await using dir = tempDir();
  for (const name of ["a", "b"]) {
    dir.write(`folder/${name}.csv`, "1,2,yes\n");
    Deno.writeFileSync(
      `${dir.path}/folder/${name}.wav`,
      encodeWav16(new Float32Array(8000 * 3).fill(0.1), 8000),
    );
  }
  const stream = await openStream(`${dir.path}/folder`, 8000);
  assertEquals(stream.words()?.map(({ start }) => start), [1, 4]);
  dir.write("folder/a.csv", "4,5,yes\n"); // within the stream, but not within the file
  assertThrows(() => stream.words(), UserError, "a.csv: line 1 says");
});

Deno.test("recordings that two streams share are found by what is in them, not by their names", async () => {
  await using dir = tempDir();
  const write = (name: string, level: number) => {
    const path = dir.write(name, "");
    Deno.writeFileSync(path, encodeWav16(new Float32Array(8000 * 80).fill(level), 8000)); // more than is compared at a time
    return path;
  };
  const [first, second] = [write("test/a.wav", 0.1), write("test/b.wav", 0.2)];
  const copy = write("tuning/other.wav", 0.2);
  const folders = (name: string) => `${dir.path}/${name}`;
  assertEquals(sharedRecordings(first, first), [first]);
  assertEquals(sharedRecordings(first, second), []);
  assertEquals(sharedRecordings(second, copy), [second]);
  assertEquals(sharedRecordings(folders("test"), folders("tuning")), [second]);
  const bytes = Deno.readFileSync(copy);
  bytes[bytes.length - 1]! ^= 1;
  Deno.writeFileSync(copy, bytes);
  assertEquals(sharedRecordings(folders("test"), folders("tuning")), []);
});

Deno.test("streamCheck() looks at a file once, whatever is heard of it", async () => {
  await using dir = tempDir();
  const path = `${dir.path}/a.wav`;
  Deno.writeFileSync(path, encodeWav16(new Float32Array(16000), 16000));
  const check = streamCheck();
  await check(path, { sampleRate: 16000, clipSamples: 16000 });
  Deno.writeTextFileSync(path, "no recording");
  await check(path, { sampleRate: 8000, clipSamples: 8000 });
  await assertRejects(
    () => check(path, { sampleRate: 8000, clipSamples: 8001 }),
    UserError,
    "it has 1.00 s of sound",
  );
  await assertRejects(() => checkStream(path, { sampleRate: 8000, clipSamples: 8000 }), UserError);
});
