import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { parseIndex, SPLITS } from "../../../lib/records/example_index.ts";
import { stage } from "../../../pipeline/stages/index.ts";
import { tempFolder } from "../../lib/data/temp_folder.ts";
import { fakeIo } from "./fake_io.ts";

const SETTINGS: JsonObject = {
  targets: ["zero", "one"],
  unknown: 0,
  silence: 0,
  split: { rule: "ranked", validation_percent: 15, testing_percent: 20, salt: "" },
  bad_files: "skip",
  sample_rate: 16000,
  clip_samples: 16000,
  evaluated: null,
};

Deno.test("index() writes index.json of a split and tells what it found", async () => {
  using folder = tempFolder();
  for (const word of ["zero", "one"]) {
    for (const speaker of ["ann", "bob", "cem"]) {
      folder.write(`audio/${word}/${speaker}_nohash_0.wav`, encodeWav16(new Float32Array(5000), 8000));
    }
  }
  folder.write("audio/zero/ann_nohash_1.wav", new Uint8Array(8));
  const found = await Promise.all(SPLITS.map(async (split) => {
    const slice = { kind: "folder", split, settings: SETTINGS };
    const out = `${folder.path}/${split}`;
    Deno.mkdirSync(out);
    const io = fakeIo(slice, out, { audio: `${folder.path}/audio` });
    await stage.run(io);
    const file = `${out}/index.json`;
    return { io, told: io.notes.join("\n"), index: parseIndex(Deno.readTextFileSync(file), file) };
  }));
  assertEquals(found.map((one) => one.index.split), [...SPLITS]);
  assertEquals(found.map((one) => one.index.examples.length).toSorted(), [2, 2, 2]);
  assertEquals(found.map((one) => one.index.notes["resampled"]), [2, 2, 2]);
  assertEquals(found.flatMap((one) => one.index.skipped).map(({ path }) => path), ["zero/ann_nohash_1.wav"]);
  const [anns] = found.filter((one) => one.index.skipped.length > 0);
  assertEquals(anns!.io.reports, [{ done: 3, total: 3, unit: "files" }]);
  assertMatch(anns!.told, /^info: 2 \w+ clips, split by ranked; 2 to resample, 0 to mix down, 2 to pad/);
  assertMatch(anns!.told, /warning: 1 unreadable files skipped, the first: Cannot read zero\/ann_nohash_1/);
});

const BAD: readonly [string, JsonObject, string][] = [
  ["an unknown field", { kind: "folder", split: "test", settings: { ...SETTINGS, tagets: [] } }, "tagets"],
  [
    "a data set that is not there",
    { kind: "foldr", split: "test", settings: SETTINGS },
    'Did you mean "folder"?',
  ],
  ["a split that is not there", { kind: "folder", split: "dev", settings: SETTINGS }, "split: "],
];

for (const [name, slice, text] of BAD) {
  Deno.test(`index() refuses ${name} before it reads anything`, async () => {
    await assertRejects(() => stage.run(fakeIo(slice, "/none", { audio: "/none" })), Error, text);
  });
}

Deno.test("index() says what to set as it is typed", async () => {
  using folder = tempFolder();
  for (const word of ["zero", "one"]) {
    for (const speaker of ["ann", "bob", "cem"]) {
      folder.write(`${word}/${speaker}_nohash_0.wav`, encodeWav16(new Float32Array(5000), 8000));
    }
  }
  const slice = { kind: "folder", split: "train", settings: { ...SETTINGS, unknown: 1, silence: 1 } };
  const error = await assertRejects(
    () => Promise.resolve(stage.run(fakeIo(slice, folder.path, { audio: folder.path }))),
    UserError,
    "set dataset.unknown=0, or add some.",
  );
  assertStringIncludes(error.message, "Set dataset.silence=0, or add recordings");
});

Deno.test("index() goes without what a list names, and knows a name of another split from a wrong one", async () => {
  using folder = tempFolder();
  for (const word of ["zero", "one"]) {
    for (const speaker of ["ann", "bob", "cem", "dan"]) {
      for (const take of [0, 1]) {
        folder.write(
          `audio/${word}/${speaker}_nohash_${take}.wav`,
          encodeWav16(new Float32Array(5000), 8000),
        );
      }
    }
  }
  const takes = ["ann", "bob", "cem", "dan"].map((speaker) => `zero/${speaker}_nohash_0.wav`);
  folder.write("bad.txt", new TextEncoder().encode([...takes, "zero/eve_nohash_0.wav"].join("\n")));
  const inputs = { audio: `${folder.path}/audio`, exclude: `${folder.path}/bad.txt` };
  for (const split of SPLITS) {
    const io = fakeIo({ kind: "folder", split, settings: SETTINGS }, folder.path, inputs);
    await stage.run(io);
    const index = parseIndex(Deno.readTextFileSync(`${folder.path}/index.json`), "index");
    const names = index.examples.map(({ name }) => name);
    assertEquals(names.filter((name) => takes.includes(name)), []);
    assertEquals(index.notes["excluded"], names.length / 3); // of four takes of a speaker one is listed
    const told = io.notes.join("\n");
    assertStringIncludes(told, "1 entries of");
    assertStringIncludes(told, "zero/eve_nohash_0.wav");
    assertEquals(told.includes("OUT OF THE TEST SPLIT"), split === "test");
  }
});
