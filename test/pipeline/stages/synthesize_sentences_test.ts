import { assertEquals, assertRejects } from "@std/assert";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { parseUtteranceIndex } from "../../../lib/datasets/utterance_index.ts";
import { indexUtterances } from "../../../pipeline/stages/index_utterances.ts";
import { synthesizeSentences } from "../../../pipeline/stages/synthesize_sentences.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { fakeIo } from "./fake_io.ts";

const SLICE = { seed: 1, voices: 4, sentences_per_voice: 2, sample_rate: 16000 };

/** Of all paths and bytes that {@link SLICE} gives: the same on every machine. */
const DIGEST = "3d4f8ef17eed2f1b44d05946fc7c1cdf46207d6b93372d551c784d43b3d416d0";

Deno.test("synthesizeSentences() writes TIMIT's layout, the same bytes every time, and indexUtterances() reads it", async () => {
  await using folder = await tempDir();
  const io = fakeIo(SLICE, folder.path);
  await synthesizeSentences(io);
  assertEquals(io.reports.at(-1), { done: 8, total: 8, unit: "sentences" });
  const files = filesBelow(`${folder.path}/audio`).filter((path) => path.includes("/"));
  assertEquals(files.length, 3 * 8);
  assertEquals(
    sha256(files.map((path) => path + sha256(Deno.readFileSync(`${folder.path}/audio/${path}`))).join()),
    DIGEST,
  );
  const split = { train: 2, validation: 1, by: "speaker", seed: 0 };
  const slice = {
    layout: "timit",
    output: "phone",
    include_sa: false,
    split,
    test: "full",
    bad_files: "error",
  };
  const indexing = fakeIo({ ...slice, sample_rate: 16000 }, folder.path, { audio: `${folder.path}/audio` });
  indexUtterances(indexing);
  const { splits, notes } = parseUtteranceIndex(Deno.readTextFileSync(`${folder.path}/index.json`));
  assertEquals([splits.train.length, splits.validation.length, splits.test.length], [4, 2, 2]);
  assertEquals([notes.shared_speakers, notes.resampled, notes.left_out], [0, 0, 0]);
  assertEquals(indexing.notes.length, 1);
});

Deno.test("synthesizeSentences() says which setting is wrong", async () => {
  await assertRejects(
    () => synthesizeSentences(fakeIo({ ...SLICE, voices: 2 }, "/none")),
    UserError,
    "Cannot synthesize the corpus: voices:",
  );
});

function filesBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`, `${prefix}${name}/`) : [prefix + name]
  ).sort();
}
