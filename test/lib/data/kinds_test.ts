import { assert, assertEquals } from "@std/assert";
import { parse as parseYaml } from "@std/yaml";
import { loadKind, type Problem } from "../../../lib/base/kinds.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { DataKind, DataSpec } from "../../../lib/data/contract.ts";
import { DATA_SETS } from "../../../lib/data/kinds.ts";
import { SPLITS } from "../../../lib/records/example_index.ts";

const ROOT = new URL("../../../", import.meta.url);

for (const name of Object.keys(DATA_SETS)) {
  Deno.test(`conf/dataset/${name}.yaml is a configuration of its kind, and every split of it can be planned`, async () => {
    const { kind, config } = await configOf(name, { root: "/some/My folder", test_root: "/test" });
    assertEquals(kind.check(config), []);
    for (const evaluated of [null, ["<blank>", "a", "b", "<unknown>"]]) {
      const settings = kind.indexSettings(config, evaluated);
      assertEquals(settings["evaluated"], evaluated);
      assert(!("root" in settings) && !("kind" in settings), "where it lies decides nothing");
    }
    for (const split of SPLITS) assert("audio" in kind.recordings(config, split));
    assert(/^[\w.+-]+$/.test(kind.name(config)), kind.name(config));
  });
}

const WRONG: readonly [string, JsonObject, string][] = [
  ["folder", { root: null }, "root: wanted the path of a folder"],
  ["timit", { root: null }, "root: wanted the path of the LDC's TIMIT folder"],
  ["kaldi", { root: null }, "root: wanted the path of a folder with Kaldi"],
  [
    "spoken_mini",
    { voices: 200 },
    "voices: each voice says each word at least once, so wanted at most clips_per_word",
  ],
  ["spoken_mini", { words: ["yes", "yes"] }, "words: a word is listed twice: yes, yes"],
  ["speech_commands", { targets: ["up", "up"] }, "targets: a word is listed twice: up, up"],
  ["folder", { targets: ["up", "_unknown_"] }, "targets: wanted words, found _unknown_"],
  [
    "folder",
    { split: { rule: "hash", validation_percent: 50, testing_percent: 50, salt: "" } },
    "split.validation_percent: validation and testing together leave nothing to train on",
  ],
];

for (const [name, change, text] of WRONG) {
  Deno.test(`${name} refuses ${JSON.stringify(change)}`, async () => {
    const { kind, config } = await configOf(name, { root: "/x", ...change });
    const told = kind.check(config).map(({ path, message }: Problem) => `${path.join(".")}: ${message}`);
    assertEquals(told.length, 1);
    assert(told[0]!.startsWith(text), told[0]);
  });
}

Deno.test("a checkpoint's classes become settings", async () => {
  const words = await configOf("folder", { root: "/x", unknown: 0, silence: 2 });
  const { targets, silence, unknown } = words.kind.withClasses(words.config, [
    "_silence_",
    "b",
    "a",
    "_unknown_",
  ]);
  assertEquals([targets, silence, unknown], [["b", "a"], 2, 1]);
  const sentences = await configOf("spoken_sentences", {});
  const outputs = [["<blank>", "a", "iy"], ["<blank>", "a", "b", "<unknown>"], [
    "<blank>",
    "a",
    "be",
    "<unknown>",
  ]].map(
    (classes) => sentences.kind.withClasses(sentences.config, classes)["output"],
  );
  assertEquals(outputs, ["phone", "character", "word"]);
  const kaldi = await configOf("kaldi", { root: "/x" });
  const { phones } = kaldi.kind.withClasses(kaldi.config, ["<blank>", "tʃ"]);
  assertEquals(phones, "map");
});

Deno.test("words of other splits are those of training, unless a checkpoint says them; phones are known", async () => {
  const { kind, config } = await configOf("timit", { root: "/x", output: "word" });
  const training = { training: { from: "index", split: "train" } };
  assertEquals(SPLITS.map((split) => kind.references(config, split, null) as JsonObject), [
    {},
    training,
    training,
  ]);
  assertEquals(kind.references(config, "test", ["<blank>", "a", "<unknown>"]), {});
  assertEquals(kind.references({ ...config, output: "phone" }, "test", null), {});
});

/** @param change Of the values in `conf/`; what the kind does not know is left out. */
async function configOf(name: string, change: JsonObject): Promise<{ kind: DataKind; config: DataSpec }> {
  const kind = await loadKind<DataKind>(DATA_SETS, name, "data set");
  const values = parseYaml(Deno.readTextFileSync(new URL(`conf/dataset/${name}.yaml`, ROOT))) as JsonObject;
  const known = Object.entries(change).filter(([key]) => key in values);
  return { kind, config: kind.schema.parse({ ...values, ...Object.fromEntries(known) }) };
}
