import { assertEquals } from "@std/assert";
import { loadKind } from "../../../lib/base/kinds.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { DataKind } from "../../../lib/data/contract.ts";
import { DATA_SETS } from "../../../lib/data/kinds.ts";
import { parseSources } from "../../../lib/download/sources.ts";
import type { SplitName } from "../../../lib/records/example_index.ts";
import type { TaskSpec } from "../../../pipeline/engine/types.ts";
import { GraphBuilder } from "../../../pipeline/graph/builder.ts";
import { addSplit, datasetLabel } from "../../../pipeline/graph/data.ts";

const OPTIONS = {
  downloads: {
    sources: () => parseSources(Deno.readTextFileSync("data/sources.json"), "data/sources.json"),
    byHand: "/by-hand",
  },
};

const WORDS = {
  exclude: null,
  targets: ["up"],
  bad_files: "error",
  sample_rate: 16000,
  clip_samples: 16000,
};
const ARCHIVES = { kind: "speech_commands", root: null, test_root: null, mirror: null, ...WORDS };
const SPLIT = { train: 7, validation: 1, by: "speaker", seed: 0 };
const SENTENCES = {
  kind: "spoken_sentences",
  seed: 0,
  voices: 3,
  sentences_per_voice: 1,
  include_sa: false,
  split: SPLIT,
  test: "full",
  output: "word",
  exclude: null,
  bad_files: "error",
  sample_rate: 16000,
};

Deno.test("the test split of Speech Commands asks for the official test set alone", async () => {
  const { tasks, index } = await plan(ARCHIVES, ["test"]);
  const archive = "speech_commands_test_set_v0.02";
  assertEquals(tasks.map(({ name }) => name), [
    `download/${archive}`,
    `unpack/${archive}`,
    "index/speech_commands-test",
  ]);
  assertEquals(index, [{ kind: "task", task: "index/speech_commands-test", output: "index.json" }]);
  const unpacked = await plan({ ...ARCHIVES, test_root: "/home/test" }, ["test"]);
  assertEquals(unpacked.tasks[0]!.inputs, { audio: { kind: "external", path: "/home/test" } });
});

Deno.test("splits share recordings, and words of other splits are those of training", async () => {
  const { tasks } = await plan(SENTENCES, ["test", "train"]);
  assertEquals(tasks.map(({ name }) => name), [
    "synthesize/spoken_sentences",
    "index/spoken_sentences-word-train",
    "index/spoken_sentences-word-test",
  ]);
  assertEquals(tasks[2]!.inputs, {
    audio: { kind: "task", task: "synthesize/spoken_sentences", output: "audio" },
    training: { kind: "task", task: "index/spoken_sentences-word-train", output: "index.json" },
  });
  const evaluated = await plan(SENTENCES, ["test"], ["<blank>", "a", "<unknown>"]);
  assertEquals(evaluated.tasks.map(({ name }) => name), [
    "synthesize/spoken_sentences",
    "index/spoken_sentences-word-test-evaluated",
  ]);
});

Deno.test("a folder goes by its own name", async () => {
  const root = "/data/my digits/";
  const split = { rule: "auto", validation_percent: 10, testing_percent: 10, salt: "" };
  const { label, tasks } = await plan({ kind: "folder", root, unknown: 0, silence: 0, split, ...WORDS }, [
    "train",
  ]);
  assertEquals([label, tasks[0]!.name], ["my_digits", "index/my_digits-train"]);
  assertEquals(tasks[0]!.inputs, { audio: { kind: "external", path: root } });
});

Deno.test("a list of what is left out is read by indices alone", async () => {
  const { tasks } = await plan({ ...SENTENCES, exclude: "/home/bad.txt" }, ["train"]);
  const inputs = tasks.map(({ name, inputs }) => [name.split("/")[0], inputs["exclude"]]);
  assertEquals(inputs, [["synthesize", undefined], ["index", { kind: "external", path: "/home/bad.txt" }]]);
});

async function plan(
  values: JsonObject,
  splits: readonly SplitName[],
  evaluated: readonly string[] | null = null,
) {
  const kind = await loadKind<DataKind>(DATA_SETS, String(values["kind"]), "data set");
  const config = kind.schema.parse(values);
  const builder = new GraphBuilder();
  const index = splits.map((split) => addSplit(builder, { kind, config, evaluated }, split, OPTIONS).index);
  const tasks: readonly TaskSpec[] = builder.graph().tasks;
  return { label: datasetLabel({ kind, config }), tasks, index };
}
