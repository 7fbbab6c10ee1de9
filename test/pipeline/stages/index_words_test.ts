import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { parseIndex } from "../../../lib/datasets/dataset_index.ts";
import { index } from "../../../pipeline/stages/index_words.ts";
import { fakeIo } from "./fake_io.ts";

const SLICE: JsonObject = {
  targets: ["zero", "one"],
  unknown: 0,
  silence: 0,
  split: { rule: "ranked", validation_percent: 15, testing_percent: 20, salt: "" },
  bad_files: "skip",
  sample_rate: 16000,
  clip_samples: 16000,
};

Deno.test("index() writes index.json and tells what it found", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const word of ["zero", "one"]) {
      Deno.mkdirSync(`${folder}/audio/${word}`, { recursive: true });
      for (const speaker of ["ann", "bob", "cem"]) {
        const bytes = encodeWav16(new Float32Array(5000), 8000);
        Deno.writeFileSync(`${folder}/audio/${word}/${speaker}_nohash_0.wav`, bytes);
      }
    }
    Deno.writeTextFileSync(`${folder}/audio/zero/dan_nohash_0.wav`, "no audio");
    const io = fakeIo(SLICE, folder, { audio: `${folder}/audio` });
    index(io);
    const result = parseIndex(Deno.readTextFileSync(`${folder}/index.json`));
    assertEquals(result.counts, {
      train: { zero: 1, one: 1 },
      validation: { zero: 1, one: 1 },
      test: { zero: 1, one: 1 },
    });
    assertEquals(result.notes.skipped.map(({ path }) => path), ["zero/dan_nohash_0.wav"]);
    assertEquals([result.notes.resampled, result.notes.padded], [6, 6]);
    assertEquals(io.reports, [{ done: 7, total: 7, unit: "files" }]);
    assertMatch(
      io.notes.join("\n"),
      /^info: 2 train, 2 validation, 2 test clips, split by ranked; 6 to resample/,
    );
    assertMatch(
      io.notes.join("\n"),
      /warning: 1 unreadable files skipped, the first: Cannot read zero\/dan_nohash_0/,
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

for (
  const [name, change, text] of [
    [
      "no training share",
      { split: { rule: "hash", validation_percent: 50, testing_percent: 50, salt: "" } },
      "leave something",
    ],
    ["a repeated target", { targets: ["one", "one"] }, "targets: must not repeat a word"],
    ["a reserved target", { targets: ["_unknown_"] }, "targets: must be words"],
    ["an unknown field", { tagets: [] }, "tagets"],
  ] as const
) {
  Deno.test(`index() refuses ${name} before it reads anything`, () => {
    const error = assertThrows(
      () => index(fakeIo({ ...SLICE, ...change }, "/none", { audio: "/none" })),
      UserError,
      text,
    );
    assertEquals(error.reason, "bad-config");
  });
}
