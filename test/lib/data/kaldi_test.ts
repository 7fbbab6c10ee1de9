import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { indexKaldi, type KaldiSettings } from "../../../lib/datasets/kaldi.ts";
import { scanKaldi } from "../../../lib/datasets/kaldi_io.ts";
import type { UtteranceIndex } from "../../../lib/datasets/utterance_index.ts";
import { UtteranceReader } from "../../../lib/datasets/utterances_io.ts";
import { parsePhoneMap } from "../../../lib/phones/phone_map.ts";
import { tempDir } from "../../support/temp_dir.ts";

const SETTINGS: KaldiSettings = {
  output: "phone",
  sample_rate: 8000,
  train: "train",
  validation: null,
  test: "test",
  validation_percent: 30,
  transcript: "text-phone",
  phones: "timit",
  bad_files: "error",
};
const MAP = parsePhoneMap("W w\nIY0 iy\nIY1 iy\nB b\n", "map.txt");

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

async function indexed(settings: Partial<KaldiSettings> = {}, corpus: Corpus = {}): Promise<UtteranceIndex> {
  await using folder = await tempDir();
  write(folder.path, corpus);
  return index(folder.path, settings);
}

function index(root: string, settings: Partial<KaldiSettings> = {}): UtteranceIndex {
  const all = { ...SETTINGS, ...settings };
  const { found, notes } = scanKaldi(root, all, MAP, "map.txt", () => {});
  return indexKaldi(root, found, MAP, all, notes);
}

Deno.test("Kaldi folders are indexed: stress is folded by the map, speakers stay in one split", async () => {
  const { classes, splits, notes } = await indexed();
  assertEquals(classes.length, 62);
  assertEquals([splits.train.length, splits.validation.length, splits.test.length], [6, 2, 2]);
  assertEquals(splits.test[0], {
    name: "t1a",
    path: "wav/t1a.wav",
    speaker: "t1",
    samples: 2000,
    transcript: "w iy b iy",
  });
  assertEquals([notes.shared_speakers, notes.resampled], [0, 10]);
});

Deno.test("phones may be the map's own, transcripts may be words or characters, validation a folder", async () => {
  assertEquals((await indexed({ phones: "map" })).classes, ["<blank>", "b", "iy", "w"]);
  const words = await indexed({ output: "word", transcript: "text", validation: "test" });
  assertEquals(words.classes, ["<blank>", "be", "we", "<unknown>"]);
  assertEquals(words.splits.validation.length, 2);
  assertEquals(
    (await indexed({ output: "character", transcript: "text" })).splits.test[0]!.transcript,
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
  const utterance = Object.values(index(folder.path).splits).flat().find(({ name }) => name === "s2a")!;
  assertEquals([utterance.start, utterance.count, utterance.samples], [640, 1600, 800]);
  const at = (rate: number) => new UtteranceReader(folder.path, rate).read({ ...utterance });
  assertEquals(at(8000).length, 800);
  assertEquals(at(16000)[0], Math.round(Math.sin(640 / 5) / 4 * 32768));
});

Deno.test("a pipe command in wav.scp is refused and never run", async () => {
  await using folder = await tempDir();
  const trap = `${folder.path}/ran`;
  write(folder.path, { wavScp: () => `s1a touch ${trap} |\n` });
  const error = assertThrows(() => index(folder.path), UserError, "are never run");
  assert(error.message.includes(`train/wav.scp: s1a is a command ("touch ${trap} |")`), error.message);
  assertEquals(error.reason, "bad-dataset");
  assertThrows(() => Deno.statSync(trap), Deno.errors.NotFound);
});

const wrong: readonly (readonly [string, Corpus, string])[] = [
  [
    "a phone that the map lacks",
    { textPhone: "s1a W IY2\n" },
    'Cannot use utterance s1a of text-phone: it has the phone "IY2", which map.txt does not map. Did you mean "IY0"?',
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
    "times that run backwards",
    { segments: "s1a s1a 2 1\n" },
    'found "s1a 2 1", wanted a recording and two times',
  ],
];

for (const [what, corpus, message] of wrong) {
  Deno.test(`Kaldi folders with ${what} are refused in one sentence`, async () => {
    await using folder = await tempDir();
    const only = { textPhone: "s1a W\n", ...corpus };
    write(folder.path, only);
    assertThrows(() => index(folder.path), UserError, message);
  });
}

Deno.test("a folder without its transcript names the file and the settings", async () => {
  await using folder = await tempDir();
  write(folder.path);
  assertThrows(
    () => index(folder.path, { transcript: "phones" }),
    UserError,
    "/train: it has no file phones, wanted",
  );
});
