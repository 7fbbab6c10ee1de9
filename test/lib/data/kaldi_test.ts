import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { ExampleReader } from "../../../lib/data/example_reader_io.ts";
import { indexer } from "../../../lib/data/kaldi/indexer_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { chunk, formatChunk, riff } from "../audio/wav_bytes.ts";
import { indexAll, transcripts } from "./utterances.ts";
import { type Indices, noteSum } from "./words_folder.ts";

const SETTINGS = {
  output: "phone",
  sample_rate: 8000,
  train: "train",
  validation: null as string | null,
  test: "test",
  validation_percent: 30,
  transcript: "text-phone",
  phones: "timit",
  bad_files: "error",
  evaluated: null as string[] | null,
};

interface Corpus {
  readonly wavScp?: (root: string) => string;
  readonly textPhone?: string;
  readonly segments?: string;
}

/** Four training speakers with two utterances each, two of the test. */
function write(root: string, { wavScp, textPhone, segments }: Corpus = {}): void {
  const samples = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i / 5) / 4);
  Deno.mkdirSync(`${root}/wav`, { recursive: true });
  const folder = (name: string, utterances: readonly string[], spoiled: boolean) => {
    Deno.mkdirSync(`${root}/${name}`);
    const file = (path: string, text: string) => Deno.writeTextFileSync(`${root}/${name}/${path}`, text);
    for (const utterance of utterances) {
      Deno.writeFileSync(`${root}/wav/${utterance}.wav`, encodeWav16(samples, 16000));
    }
    const scp = utterances.map((u) => `${u} wav/${u}.wav\n`).join("");
    file("wav.scp", spoiled && wavScp !== undefined ? wavScp(root) : scp);
    file("utt2spk", utterances.map((u) => `${u} ${u.slice(0, 2)}\n`).join(""));
    file("text", utterances.map((u) => `${u} WE BE\n`).join(""));
    file(
      "text-phone",
      spoiled && textPhone !== undefined ? textPhone : utterances.map((u) => `${u} W IY0 B IY1\n`).join(""),
    );
    if (spoiled && segments !== undefined) file("segments", segments);
  };
  folder("train", ["s1", "s2", "s3", "s4"].flatMap((s) => [`${s}a`, `${s}b`]), true);
  folder("test", ["t1a", "t2a"], false);
}

async function indexed(settings: Partial<typeof SETTINGS> = {}, corpus: Corpus = {}): Promise<Indices> {
  await using folder = await tempDir();
  write(folder.path, corpus);
  return await index(folder.path, settings);
}

function index(root: string, settings: Partial<typeof SETTINGS> = {}): Promise<Indices> {
  const map = `${root}/map.txt`;
  Deno.writeTextFileSync(map, "W w\nIY0 iy\nIY1 iy\nB b\n");
  return indexAll(indexer, { ...SETTINGS, ...settings }, root, { phone_map: map });
}

Deno.test("Kaldi folders are indexed: stress is folded by the map, speakers stay in one split", async () => {
  const all = await indexed();
  const { train, validation, test } = all;
  assertEquals(train.classes.length, 62);
  assertEquals([train.examples.length, validation.examples.length, test.examples.length], [6, 2, 2]);
  assertEquals(test.examples[0], {
    name: "t1a",
    input: "audio",
    path: "wav/t1a.wav",
    speaker: "t1",
    samples: 2000,
    labels: ["w", "iy", "b", "iy"],
  });
  assertEquals([noteSum(all, "shared_speakers"), noteSum(all, "resampled")], [0, 10]);
});

Deno.test("phones may be the map's own, transcripts may be words or characters, validation a folder", async () => {
  assertEquals((await indexed({ phones: "map" })).test.classes, ["<blank>", "b", "iy", "w"]);
  const words = await indexed({ output: "word", transcript: "text", validation: "test" });
  assertEquals(words.test.classes, ["<blank>", "be", "we", "<unknown>"]);
  assertEquals(words.validation.examples.length, 2);
  assertEquals(
    transcripts((await indexed({ output: "character", transcript: "text" })).test)[0],
    "w e | b e",
  );
});

Deno.test("segments cut recordings, at the recording's own rate", async () => {
  await using folder = await tempDir();
  const names = ["s1a", "s1b", "s2a", "s3a", "s4a"];
  write(folder.path, {
    segments: names.map((name, i) => `${name} s1a ${i * 0.02} ${i * 0.02 + 0.1}\n`).join(""),
    textPhone: names.map((name) => `${name} W\n`).join(""),
  });
  const all = Object.values(await index(folder.path)).flatMap(({ examples }) => examples);
  const utterance = all.find(({ name }) => name === "s2a")!;
  assertEquals([utterance.start, utterance.count, utterance.samples], [640, 1600, 800]);
  const at = (sampleRate: number, samples: number) =>
    new ExampleReader({ audio: folder.path }, { sampleRate, clipSamples: null, sampleBits: 16 }).read({
      ...utterance,
      samples,
    });
  assertEquals((await at(8000, 800)).length, 800);
  assertEquals((await at(16000, 1600))[0], Math.round(Math.sin(640 / 5) / 4 * 32768) / 32768);
});

Deno.test("segments may end with their recording, and name the channel that is heard", async () => {
  await using folder = await tempDir();
  const sides = ["", " 1", " B", " -1", " 0"];
  const names = ["s1a", "s1b", "s2a", "s3a", "s4a"];
  write(folder.path, {
    segments: names.map((name, i) => `${name} both 0.1 -1${sides[i]}\n`).join(""),
    textPhone: names.map((name) => `${name} W\n`).join(""),
    wavScp: () => "both wav/both.wav\n",
  });
  const data = Int16Array.from({ length: 8000 }, (_, i) => i % 2 === 0 ? 100 : 300);
  Deno.writeFileSync(
    `${folder.path}/wav/both.wav`,
    riff(formatChunk({ channels: 2 }), chunk("data", new Uint8Array(data.buffer))),
  );
  const all = Object.values(await index(folder.path, { sample_rate: 16000 })).flatMap(({ examples }) =>
    examples
  );
  const own = names.map((name) => all.find((example) => example.name === name)!);
  assertEquals(own.map(({ channel }) => channel), [undefined, 1, 1, undefined, 0]);
  assertEquals(
    own.map(({ start, count, samples }) => [start, count, samples]),
    own.map(() => [1600, 2400, 2400]),
  );
  const reader = new ExampleReader({ audio: folder.path }, {
    sampleRate: 16000,
    clipSamples: null,
    sampleBits: 16,
  });
  const heard = await Promise.all(own.map(async (example) => (await reader.read(example))[0]! * 32768));
  assertEquals(heard, [200, 300, 300, 200, 100]);
});

Deno.test("a pipe command in wav.scp is refused and never run", async () => {
  await using folder = await tempDir();
  const trap = `${folder.path}/ran`;
  write(folder.path, { wavScp: () => `s1a touch ${trap} |\n` });
  const error = await assertRejects(() => index(folder.path), UserError, "are never run");
  assert(error.message.includes(`train/wav.scp: s1a is a command ("touch ${trap} |")`), error.message);
  assertEquals(error.reason, "bad-dataset");
  assertThrows(() => Deno.statSync(trap), Deno.errors.NotFound);
});

Deno.test("utterances without a transcript are left out and told", async () => {
  await using folder = await tempDir();
  write(folder.path, { textPhone: ["s1a W", "s1b W", "s2a", "s2b W", "s3a B", "s3b W", "s4a  "].join("\n") });
  const log: string[] = [];
  const settings = { ...SETTINGS, phones: "map", validation: "test" };
  const report = { progress() {}, note: (_: string, text: string) => void log.push(text) };
  const { examples, notes } = await indexer(
    { split: "train", settings, inputs: { audio: folder.path } },
    report,
  );
  assertEquals(examples.map(({ name }) => name), ["s1a", "s1b", "s2b", "s3a", "s3b"]);
  assertEquals(notes["left_out"], 2);
  assert(log.includes("1 utterances have no line in text-phone and are left out: s4b."), log.join("\n"));
  assert(log.includes("2 utterances of text-phone are empty and left out: s2a, s4a."), log.join("\n"));
});

Deno.test("transcripts in another encoding are refused with the file and the line", async () => {
  await using folder = await tempDir();
  write(folder.path);
  Deno.writeFileSync(
    `${folder.path}/train/text`,
    new Uint8Array([...new TextEncoder().encode("s1a WE\ns1b caf"), 0xe9]),
  );
  await assertRejects(
    () => index(folder.path, { output: "word", transcript: "text" }),
    UserError,
    "/train/text: line 2 is not in UTF-8",
  );
});

Deno.test("what is no plain file in a transcript's place is refused, and nobody waits for it", async () => {
  await using folder = await tempDir();
  write(folder.path);
  const text = `${folder.path}/train/text`;
  for (
    const [make, found] of [
      [() => Deno.mkdirSync(text), "a folder"],
      [() => Deno.symlinkSync("/dev/zero", text), "no plain file"],
    ] as const
  ) {
    Deno.removeSync(text, { recursive: true });
    make();
    await assertRejects(
      () => index(folder.path, { output: "word", transcript: "text" }),
      UserError,
      `/train/text: found ${found}, wanted a text file of at most 256 MiB. Give the path of one, or put one there.`,
    );
  }
});

const wrong: readonly (readonly [string, Corpus, string])[] = [
  [
    "a phone that the map lacks",
    { textPhone: "s1a W IY2\n" },
    'map.txt does not map. Did you mean "IY0"?',
  ],
  ["a path outside of the root", { wavScp: () => "s1a /etc/passwd\n" }, "/etc/passwd lies outside of"],
  ["a path that climbs out", { wavScp: () => "s1a ../x.wav\n" }, "../x.wav lies outside of"],
  ["a file that is not there", { wavScp: () => "s1a wav/none.wav\n" }, "there is no file"],
  [
    "a transcript without a recording",
    { textPhone: "zz W\n" },
    "utterance zz of text-phone has no recording in wav.scp",
  ],
  ["two lines of one key", { textPhone: "s1a W\ns1a B\n" }, "s1a has two lines, wanted one"],
  [
    "a channel that is not there",
    { segments: "s1a s1a 0 0.3 1\n" },
    "segments wants channel 1 of wav/s1a.wav, which has 1",
  ],
  [
    "a segment that ends long behind its recording",
    { segments: "s1a s1a 0 1\n" },
    "from 0 to 1 s of wav/s1a.wav, which is 0.25 s",
  ],
  ["a channel that is none", { segments: "s1a s1a 0 1 left\n" }, 'found "s1a 0 1 left"'],
  [
    "times that run backwards",
    { segments: "s1a s1a 2 1\n" },
    'found "s1a 2 1", wanted a recording, two times',
  ],
];

for (const [what, corpus, message] of wrong) {
  Deno.test(`Kaldi folders with ${what} are refused in one sentence`, async () => {
    await using folder = await tempDir();
    const only = { textPhone: "s1a W\n", ...corpus };
    write(folder.path, only);
    await assertRejects(() => index(folder.path, { validation: "test" }), UserError, message);
  });
}

Deno.test("a folder without its transcript names the file and the settings", async () => {
  await using folder = await tempDir();
  write(folder.path);
  await assertRejects(
    () => index(folder.path, { transcript: "phones" }),
    UserError,
    "/train: it has no file phones, wanted",
  );
});

Deno.test("the test split needs its own folder alone", async () => {
  await using folder = await tempDir();
  write(folder.path);
  Deno.removeSync(`${folder.path}/train`, { recursive: true });
  const request = {
    split: "test",
    settings: { ...SETTINGS, phones: "map" },
    inputs: { audio: folder.path },
  } as const;
  const { classes, examples } = await indexer(request, { progress() {}, note() {} });
  assertEquals(classes, ["<blank>", "B", "IY0", "IY1", "W"], "without a map phones keep their names");
  assertEquals(examples.length, 2);
});

Deno.test("a checkpoint that does not know a phone cannot be evaluated on it", async () => {
  const evaluated = ["<blank>", "w", "iy"];
  await assertRejects(
    () => indexed({ phones: "map", evaluated }),
    UserError,
    'it says "b", which is none of the checkpoint\'s classes',
  );
});
