import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { indexer } from "../../../lib/data/words_layout/indexer_io.ts";
import { listWords } from "../../../lib/data/words_layout/listing_io.ts";
import { chunk, formatChunk, riff } from "../audio/wav_bytes.ts";
import { tempFolder } from "./temp_folder.ts";

const SETTINGS = {
  targets: ["yes", "no"],
  unknown: 0,
  silence: 0,
  split: { rule: "ranked", validation_percent: 20, testing_percent: 20, salt: "" },
  bad_files: "skip",
  sample_rate: 16000,
  clip_samples: 16000,
  evaluated: null,
};

async function logOf(root: string, settings: Partial<typeof SETTINGS> = {}) {
  const log: string[] = [];
  const indices = [];
  for (const split of ["train", "validation", "test"] as const) {
    const report = {
      progress() {},
      note: (level: string, text: string) => void log.push(`${level}: ${text}`),
    };
    indices.push(
      await indexer({ split, settings: { ...SETTINGS, ...settings }, inputs: { audio: root } }, report),
    );
  }
  return { log, indices };
}

const WAV = encodeWav16(new Float32Array(16000), 16000);
const floats = (...values: number[]) =>
  riff(formatChunk({ tag: 3, bits: 32 }), chunk("data", new Uint8Array(Float32Array.from(values).buffer)));

Deno.test("an index's log says what was taken, and what not and why with three examples", async () => {
  using folder = tempFolder();
  for (const word of ["yes", "no"]) {
    for (const speaker of ["ann", "bob", "cem"]) folder.write(`${word}/${speaker}_nohash_0.wav`, WAV);
  }
  for (const name of ["a", "b", "c", "d"]) folder.write(`yes/${name}_nohash_1.opus`, new Uint8Array(4));
  for (const name of ["yes/more/ann_nohash_2.wav", "loose.wav", "no/notes.txt", "no/d.M4A"]) {
    folder.write(name, new Uint8Array(4));
  }
  Deno.symlinkSync("/nowhere/at/all.wav", `${folder.path}/yes/gone.wav`);
  const { log } = await logOf(folder.path);
  const own = log.slice(0, 8).map((line) => line.replaceAll(folder.path, ""));
  assertEquals(own, [
    "info: 2 train clips, split by ranked; 0 to resample, 0 to mix down, 0 to pad, 0 to trim, 0 left out.",
    "info: Taken: 2 files, 2 words, 1 speakers, 2.0 seconds.",
    "warning: 1 audio files are .m4a, a format that is not read: no/d.M4A. Convert them, for example with " +
    "ffmpeg -i IN.m4a OUT.wav.",
    "warning: 4 audio files are .opus, a format that is not read: yes/a_nohash_1.opus, yes/b_nohash_1.opus, " +
    "yes/c_nohash_1.opus, …. Convert them, for example with ffmpeg -i IN.opus OUT.wav.",
    "warning: 1 audio files are deeper than <word>/<file> and not read: yes/more/ann_nohash_2.wav. Move them up, or " +
    "set dataset.root to the folder that has one folder for each word.",
    "warning: 1 audio files lie beside the folders of words and are not read: loose.wav. Put them into the folder of " +
    "their word.",
    "warning: 1 names lead to no file, as broken links and names that are not UTF-8 do, and are not read: " +
    "yes/gone.wav. Rename or remove them, for example with convmv -f latin1 -t utf8.",
    "info: 1 files are no audio and not read: no/notes.txt.",
  ]);
});

Deno.test("what is no file stops nothing and is told: pipes, devices, circles, folders called as recordings", async () => {
  using folder = tempFolder();
  for (const word of ["yes", "no"]) {
    for (const speaker of ["ann", "bob", "cem"]) folder.write(`${word}/${speaker}_nohash_0.wav`, WAV);
  }
  folder.write("yes/ann_nohash_1.wav/in.wav", WAV);
  const link = (to: string, name: string) => Deno.symlinkSync(to, `${folder.path}/yes/${name}`);
  link("..", "up");
  link("itself.wav", "itself.wav");
  link("/dev/zero", "zeros.wav");
  const make = `mkfifo pipe.wav; mkdir "$(printf 'caf\\351')"`;
  await new Deno.Command("sh", { args: ["-c", make], cwd: `${folder.path}/yes` }).output();
  const { log, indices } = await logOf(folder.path);
  await new Deno.Command("sh", { args: ["-c", "rm -r caf*"], cwd: `${folder.path}/yes` }).output();
  assertEquals(indices.map(({ examples }) => examples.length), [2, 2, 2]);
  assertEquals(log.slice(2, 6).map((line) => /: (.*?\.) /.exec(line)![1]), [
    "1 audio files are deeper than <word>/<file> and not read: yes/ann_nohash_1.wav/in.wav.",
    "2 names lead to no file, as broken links and names that are not UTF-8 do, and are not read: yes/caf\ufffd, " +
    "yes/itself.wav.",
    "1 links lead back to a folder above them and are not followed: yes/up.",
    "2 names are of pipes, sockets or devices and are not read: yes/pipe.wav, yes/zeros.wav.",
  ]);
});

Deno.test("links that lead out of the folder are followed and told", async () => {
  using folder = tempFolder();
  for (const speaker of ["ann", "bob", "cem"]) {
    for (const word of ["yes", "no"]) folder.write(`elsewhere/${word}/${speaker}_nohash_0.wav`, WAV);
  }
  Deno.mkdirSync(`${folder.path}/data/yes`, { recursive: true });
  Deno.symlinkSync("../elsewhere/no", `${folder.path}/data/no`);
  for (const name of ["ann", "bob", "cem"]) {
    const file = `yes/${name}_nohash_0.wav`;
    Deno.symlinkSync(`${folder.path}/elsewhere/${file}`, `${folder.path}/data/${file}`);
  }
  const { log, indices } = await logOf(`${folder.path}/data`);
  assertEquals(indices.map(({ examples }) => examples.length), [2, 2, 2]);
  assertEquals(
    log[2],
    "info: 6 files are reached by links that lead out of the folder, and were read: no/ann_nohash_0.wav, " +
      "no/bob_nohash_0.wav, no/cem_nohash_0.wav, ….",
  );
});

Deno.test("what is in the files decides too: bad floats are skipped, those in a wrong range told, fine ones kept fine", async () => {
  using folder = tempFolder();
  for (const word of ["yes", "no"]) {
    for (const speaker of ["ann", "bob", "cem"]) {
      folder.write(`${word}/${speaker}_nohash_0.wav`, floats(0, -20000, 9));
    }
  }
  folder.write("yes/ann_nohash_1.wav", floats(0, NaN));
  folder.write("no/ann_nohash_2.wav", floats(0, -1.5));
  const { log, indices } = await logOf(folder.path);
  assertEquals(indices.map(({ sampleBits }) => sampleBits), [32, 32, 32]);
  assertEquals(indices.flatMap(({ skipped }) => skipped.map(({ path }) => path)), ["yes/ann_nohash_1.wav"]);
  const warnings = log.filter((line) => line.startsWith("warning"));
  assertEquals(warnings.filter((line) => line.includes("were divided by 32768")).length, 3);
  assertEquals(warnings.filter((line) => line.includes("1 unreadable files skipped, the first")).length, 1);
  const beyond =
    "info: 1 float recordings go beyond full scale and were taken as they are, without clipping: no/ann_";
  assertEquals(log.filter((line) => line.startsWith(beyond)).length, 1);
  const error = await assertRejects(
    () => logOf(folder.path, { bad_files: "error" }),
    UserError,
    "sample 1 is NaN, wanted a finite number. Mend it, or let such files be left out (bad_files: skip)",
  );
  assertEquals(error.message.includes("ffmpeg"), false, "what to do is said once");
});

Deno.test("a folder of names of its own kind is refused with what was found in it", () => {
  using folder = tempFolder();
  for (const name of ["train/yes/a.wav", "train/no/b.wav"]) folder.write(name, WAV);
  assertThrows(
    () => listWords(folder.path),
    UserError,
    "2 audio files are deeper than <word>/<file> and not read: train/no/b.wav, train/yes/a.wav.",
  );
});

Deno.test("lists in another encoding are refused with the line", () => {
  using folder = tempFolder();
  folder.write("yes/a_nohash_0.wav", WAV);
  folder.write("testing_list.txt", new Uint8Array([97, 10, 0xe9, 10]));
  assertThrows(() => listWords(folder.path), UserError, "testing_list.txt: line 2 is not in UTF-8");
});
