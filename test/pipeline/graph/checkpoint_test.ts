/** What is evaluated of a checkpoint from anywhere: its own words count, but for what is typed. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { StoredTensor } from "../../../lib/formats/safetensors.ts";
import type { CheckpointRecord } from "../../../lib/records/checkpoint.ts";
import { SPLITS } from "../../../lib/records/example_index.ts";
import type { TaskGraph } from "../../../pipeline/engine/types.ts";
import { planCheckpoint } from "../../../pipeline/graph/checkpoint.ts";
import { checkpointConfig } from "../../../pipeline/graph/checkpoint_config.ts";
import type { DataUse, KnownPaths } from "../../../pipeline/graph/checkpoint_data.ts";
import { evaluationGraph } from "../../../pipeline/graph/evaluation.ts";
import { runGraph } from "../../../pipeline/graph/runs.ts";
import { planNetwork } from "../../../pipeline/graph/network.ts";
import { datasetSlice } from "../../../pipeline/graph/trained_on.ts";
import { TEN_WORDS } from "../../../lib/data/words_layout/vocabulary.ts";
import { CONF, GRAPH_OPTIONS, sweepOf } from "../../support/graphs.ts";

const WORDS = ["yes", "no", "_silence_", "_unknown_"];
/** Of `spoken_mini` as it is configured. */
const CLASSES = [...TEN_WORDS, "_silence_", "_unknown_"];
const SPOKEN_WORDS = ["dataset.targets=[yes,no]"];

/** What a training of these values writes into its checkpoints. */
async function saidBy(
  task: string,
  classes: readonly string[],
  ...overrides: string[]
): Promise<CheckpointRecord> {
  const [point] = (await sweepOf(task, ...overrides)).points;
  const { frontend, shape: { model }, config, kinds } = await planNetwork(point!);
  const { sample_rate: sampleRate } = config.dataset;
  return {
    task,
    epoch: 3,
    classes,
    frontend,
    model,
    sampleRate,
    clipSamples: kinds.dataset.clipSamples(config.dataset),
  };
}

async function planned(
  said: CheckpointRecord | null,
  overrides: readonly string[],
  tensors: ReadonlyMap<string, StoredTensor> = new Map(),
) {
  const expand = (texts: readonly string[]) => sweepOf(said?.task ?? "kws", ...texts);
  const typed = await checkpointConfig(CONF, { called: "mine", said }, overrides, expand);
  return await planCheckpoint(typed, { path: "/x/mine.safetensors", said, tensors });
}

async function evaluated(said: CheckpointRecord | null, ...overrides: string[]): Promise<TaskGraph> {
  const plan = await planned(said, overrides);
  const file = { checkpoint: "/x/mine.safetensors", format: "safetensors" } as const;
  const request = { ...plan, ...file, splits: ["test"] as const };
  return evaluationGraph(request, GRAPH_OPTIONS).graph;
}

Deno.test("front-end, model and classes are those of the file, whatever the configuration's defaults are", async () => {
  const said = await saidBy(
    "kws",
    WORDS,
    ...SPOKEN_WORDS,
    "frontend=fastaudio",
    "model=bc_resnet",
    "setting=B",
  );
  const { network, classes } = await planned(said, []);
  assertEquals([network.frontend, network.shape.model, classes], [said.frontend, said.model, WORDS]);
  assertEquals(network.config.dataset["targets"], ["yes", "no"]);
  assert(network.modules.includes("lib/models/bc_resnet/kind.ts"), network.modules.join(" "));
  assertEquals(network.modules.filter((module) => module.includes("/linear/")), []);
});

Deno.test("a checkpoint that trained here is evaluated on the very features of its run, by the same code", async () => {
  const sweep = await sweepOf("kws", "model=bc_resnet", "setting=B");
  const { runs: [run], graph } = await runGraph(sweep, GRAPH_OPTIONS);
  const { tasks } = await evaluated(await saidBy("kws", CLASSES, "model=bc_resnet", "setting=B"));
  const ours = graph.tasks.find(({ name }) => name === run!.evaluate)!;
  const theirs = tasks.find(({ stage }) => stage === "evaluate")!;
  assertEquals([theirs.kinds, theirs.module, theirs.slice], [ours.kinds, ours.module, ours.slice]);
  const steps = (list: typeof tasks) => list.find(({ name }) => /^features\/.*-test/.test(name))!.slice;
  assertEquals(steps(tasks), steps(graph.tasks));
});

Deno.test("the official test set alone is asked for, for a checkpoint of Speech Commands", async () => {
  const said = await saidBy("kws", WORDS, "dataset=speech_commands");
  const { tasks } = await evaluated(said, "dataset=speech_commands");
  assertEquals(tasks.map(({ name }) => name), [
    "download/speech_commands_test_set_v0.02",
    "unpack/speech_commands_test_set_v0.02",
    "index/speech_commands-test-evaluated",
    "features/speech_commands-waveform-test",
    "evaluate/mine-speech_commands-test",
  ]);
});

Deno.test("each split of a user's folder is a task of its own, on nothing but the folder", async () => {
  const said = await saidBy("kws", WORDS, ...SPOKEN_WORDS, "setting=A");
  const { network, classes } = await planned(said, ["dataset=folder", "root=/mine"]);
  const file = { checkpoint: "/x/mine.safetensors", format: "safetensors" } as const;
  const request = { network, classes, ...file, splits: SPLITS };
  const { graph, evaluations } = evaluationGraph(request, GRAPH_OPTIONS);
  assertEquals(
    evaluations.map(({ split, task }) => [split, task]),
    SPLITS.map((split) => [split, `evaluate/mine-mine-${split}`]),
  );
  assertEquals([...new Set(graph.tasks.map(({ stage }) => stage))], ["index", "features", "evaluate"]);
  for (const { inputs } of graph.tasks.filter(({ stage }) => stage === "index")) {
    assertEquals(inputs, { audio: { kind: "external", path: "/mine" } });
  }
});

Deno.test("what is typed and agrees with the file leaves the rest to it", async () => {
  const values = ["frontend=fastaudio", "n_mels=20", "frontend.f_min_hz=50", "normalise=none", "setting=B"];
  const said = await saidBy("kws", WORDS, ...SPOKEN_WORDS, ...values, "model=bc_resnet");
  const cases = [
    ["frontend.f_min_hz=50"],
    ["frontend=fastaudio", "normalise=none"],
    ["compression.top_db=80", "setting=B", "model=bc_resnet"],
    ["frontend.compat.band_limits=scaled", "frontend.filter=triangular"],
    [...values, "frontend.power=1"],
    ["dataset.targets=[no,yes]", "dataset.clip_samples=16000"],
  ];
  for (const typed of cases) {
    const { network } = await planned(said, typed);
    assertEquals([network.frontend, network.shape.model], [said.frontend, said.model], typed.join(" "));
  }
});

Deno.test("what is typed and is not what the file says is refused with what it says", async () => {
  const said = await saidBy(
    "kws",
    WORDS,
    ...SPOKEN_WORDS,
    "frontend=fastaudio",
    "n_mels=20",
    "model=bc_resnet",
    "setting=A",
  );
  const cases: [string[], string][] = [
    [["frontend=nnaudio"], "frontend fastaudio"],
    [["n_mels=40"], "bands.n_mels 20"], // the usual value, which is not the file's
    [["n_mels=30"], "bands.n_mels 20"],
    [["frontend.compat.band_limits=original"], 'bands.limits "scaled"'],
    [["normalise=none"], "steps stft magnitude bands decibels batch_norm"],
    [["frontend.mask={start: 0, end: 60}"], "steps stft magnitude bands decibels batch_norm"],
    [["frontend.power=1"], "bands.n_mels 20, beside which frontend.power says nothing"],
    [["compression=log"], "steps stft magnitude bands decibels batch_norm"],
    [["setting=D"], "nothing of the front-end trained"],
    [["model=linear"], "model bc_resnet"],
    [["dataset.targets=[yes]"], 'dataset.targets ["yes","no"]'],
    [["dataset.clip_samples=8000"], "dataset.clip_samples 16000"],
    [["dataset.unknown=0"], "dataset.unknown 1"],
  ];
  for (const [typed, found] of cases) {
    const error = await assertRejects(() => planned(said, typed), UserError, "", typed.join(" "));
    assertStringIncludes(
      error.message,
      `/x/mine.safetensors with what is typed: the file says that it is of ${found}`,
    );
  }
});

Deno.test("what no network can be made of is a fault of the file that says it", async () => {
  const said = await saidBy("kws", WORDS, ...SPOKEN_WORDS, "setting=A");
  const [stft, mel, ...rest] = said.frontend.steps;
  const frontend = (steps: CheckpointRecord["frontend"]["steps"], kind = "nnaudio") => ({
    ...said,
    frontend: { ...said.frontend, kind, steps },
  });
  const cases: [CheckpointRecord, string][] = [
    [{ ...said, model: { kind: "none" } }, 'Cannot use the model "none"'],
    [frontend(said.frontend.steps, "none"), 'Cannot use the front-end "none"'],
    [frontend([stft!, { ...mel!, step: "none" }, ...rest]), 'Cannot use the step "none"'],
    [frontend([stft!, { ...mel!, n_mels: 1e9 }, ...rest]), "Cannot place 1000000000 Mel bands"],
    [frontend([mel!, stft!, ...rest]), "Cannot apply mel to"],
    [frontend([]), "Cannot use the steps none as a front-end"],
    [{ ...said, clipSamples: 1e13 }, "dataset.clip_samples: Too big"],
  ];
  for (const [damaged, found] of cases) {
    const error = await assertRejects(() => planned(damaged, []), UserError);
    assertEquals(error.reason, "bad-file");
    assertStringIncludes(error.message, `Cannot use what /x/mine.safetensors says of itself: ${found}`);
  }
});

Deno.test("a value of the file's model can be typed, whatever the configuration's model is", async () => {
  const said = await saidBy("kws", WORDS, ...SPOKEN_WORDS, "model=bc_resnet", "model.dropout.transition=0.3");
  const { network } = await planned(said, ["model.dropout.broadcasted=0.2"]);
  assertEquals(network.shape.model["dropout"], { transition: 0.3, broadcasted: 0.2 });
});

Deno.test("clips are cut and sampled as those that the checkpoint was trained on", async () => {
  const said = await saidBy(
    "kws",
    WORDS,
    "dataset.sample_rate=8000",
    "dataset.clip_samples=4000",
    "frontend.f_max_hz=4000",
  );
  const { config: { dataset }, frontend } = (await planned(said, [])).network;
  assertEquals([dataset.sample_rate, dataset["clip_samples"], frontend.sample_rate], [8000, 4000, 8000]);
});

Deno.test("of a file that says nothing, parts that differ from every training's start are taken for trained", async () => {
  const nothing = await planned(null, []);
  assertEquals([nothing.classes, nothing.network.frontend.trained], [null, []]);
  const tensors = new Map([["mel_layer.mel_basis", {
    shape: [40, 241],
    data: new Float32Array(40 * 241).fill(0.5),
  }]]);
  assertEquals((await planned(null, [], tensors)).network.frontend.trained, ["mel"]);
  assertEquals((await planned(null, ["setting=A"], tensors)).network.frontend.trained, []);
});

Deno.test("a recogniser is evaluated by what it says, with the decoder that is typed", async () => {
  const said = await saidBy("asr", ["_blank_", "h#", "sh"], "model=bc_resnet");
  const { tasks } = await evaluated(said, "dataset=timit", "root=/t", "decoder=beam");
  const { slice, kinds } = tasks.find(({ stage }) => stage === "evaluate")!;
  assertEquals((slice as Record<string, unknown>)["groups"], { decoder: { kind: "beam", width: 10 } });
  assert(kinds!.includes("lib/tasks/asr/kind.ts") && kinds!.includes("lib/models/bc_resnet/kind.ts"));
});

/** The same with what it says of its data set. */
async function saidWithData(classes: readonly string[], ...overrides: string[]): Promise<CheckpointRecord> {
  const [point] = (await sweepOf("kws", ...overrides)).points;
  const told = { examples: 7, examplesSha256: "0".repeat(64) };
  return { ...await saidBy("kws", classes, ...overrides), dataset: { ...datasetSlice(point!), ...told } };
}

async function configured(
  said: CheckpointRecord | null,
  overrides: readonly string[],
  { use, paths = { there: {}, gone: {} } }: { readonly use?: DataUse; readonly paths?: KnownPaths } = {},
) {
  const expand = (texts: readonly string[]) => sweepOf("kws", ...texts);
  return await checkpointConfig(CONF, { called: "mine", said, paths }, overrides, expand, use);
}

const OWN_WORDS = ["dataset.words=[hey computer,stop]", "dataset.voices=12", 'dataset.split.salt="it\'s"'];

Deno.test("a checkpoint is used with the data set that it says it was trained on, to the same recordings", async () => {
  const classes = ["hey computer", "stop", "_silence_", "_unknown_"];
  const said = await saidWithData(classes, ...OWN_WORDS);
  const { graph } = await runGraph(await sweepOf("kws", ...OWN_WORDS, "setting=A"), GRAPH_OPTIONS);
  const { tasks } = await evaluated(said);
  const made = (list: typeof tasks) => list.find(({ stage }) => stage === "synthesize")!.slice;
  assertEquals(made(tasks), made(graph.tasks));
  const typed = await evaluated(said, "dataset.voices=20");
  assertEquals((made(typed.tasks) as { settings: { voices: number } }).settings.voices, 20);
});

Deno.test("who named the data set is told in a line", async () => {
  const own = await saidWithData(WORDS, ...OWN_WORDS);
  const { dataset: _, ...silent } = own;
  const folder = await saidWithData(WORDS, "dataset=folder", "root=/home/me/mine", ...SPOKEN_WORDS);
  const strange = { ...own, dataset: { ...own.dataset!, kind: "minutes", name: "hours" } };
  const cases: [CheckpointRecord | null, string[], string][] = [
    [
      own,
      [],
      'Data set: spoken_mini (dataset.words=["hey computer",stop] dataset.voices=12 dataset.split.salt="it\'s"), which mine ' +
      "says it was trained on.",
    ],
    [own, ["dataset=spoken_tiny"], "Data set: spoken_tiny, as typed; mine was trained on spoken_mini."],
    [own, ["dataset=spoken_mini"], "Data set: spoken_mini, as typed; mine was trained on spoken_mini."],
    [
      folder,
      ["root=/there/recordings"],
      'Data set: recordings (dataset.targets=[yes,no] dataset.root="/there/recordings"), as typed; mine was trained on mine.',
    ],
    [null, ["dataset=folder", "root=/mine"], "Data set: mine (dataset.root="],
    [
      silent,
      [],
      "which is assumed, as mine does not say what it was trained on. dataset=NAME takes another.",
    ],
    [null, ["dataset.voices=12"], "Data set: spoken_mini (dataset.voices=12), which is assumed"],
    [strange, [], "as mine was trained on hours, which this project does not have."],
  ];
  for (const [said, typed, wanted] of cases) {
    assertStringIncludes((await configured(said, typed)).data.line, wanted);
  }
});

Deno.test("a path of the user's is in no checkpoint, and is asked for where something is read from it", async () => {
  const paths = ["dataset=folder", "root=/home/me/mine", "dataset.exclude=/home/me/bad.txt"];
  const said = await saidWithData(WORDS, ...paths, ...SPOKEN_WORDS, "dataset.split.rule=ranked");
  assert(!/home|bad\.txt/.test(JSON.stringify(said.dataset)), JSON.stringify(said.dataset));
  const error = await assertRejects(() => configured(said, []), UserError);
  assertStringIncludes(
    error.message,
    "Cannot use mine on what it was trained on, mine (dataset=folder): dataset.root and dataset.exclude of that was a path",
  );
  assertStringIncludes(error.message, "Type root=PATH and dataset.exclude=PATH, or another data set");
  const typed = ["root=/there/mine", "dataset.exclude=null"];
  const { checked: { config } } = await configured(said, typed);
  const { root, exclude, split } = config.dataset as Record<string, unknown>;
  assertEquals([root, exclude, (split as { rule: string }).rule], ["/there/mine", null, "ranked"]);
  assertEquals((await configured(said, [], { use: "asked" })).checked.config.dataset.kind, "folder");
  const known = { there: { root: "/here/mine" }, gone: {} };
  await assertRejects(
    () => configured(said, [], { paths: known }),
    UserError,
    "Type dataset.exclude=PATH, or",
  );
  const found = await configured(said, ["dataset.exclude=null"], { paths: known });
  assertEquals((found.checked.config.dataset as Record<string, unknown>)["root"], "/here/mine");
  assertStringIncludes(
    found.data.line,
    "which mine says it was trained on; dataset.root as a training had it here.",
  );
  const other = await configured(said, typed, { paths: known });
  assertEquals(
    (other.checked.config.dataset as Record<string, unknown>)["root"],
    "/there/mine",
    "typed ones win",
  );
  assertStringIncludes(other.data.line, ", as typed; mine was trained on mine.");
  const whole = { there: { root: "/here/mine", exclude: "/here/bad.txt" }, gone: {} };
  const pathsOf = async (...typed: string[]) => {
    const { config: { dataset } } = (await configured(said, typed, { paths: whole })).checked;
    const { root, exclude } = dataset as Record<string, unknown>;
    return [root, exclude];
  };
  assertEquals(await pathsOf(), ["/here/mine", "/here/bad.txt"]);
  assertEquals(await pathsOf("dataset.exclude=/here/worse.txt"), ["/here/mine", "/here/worse.txt"]);
  await assertRejects(
    () => pathsOf("root=/there/mine"),
    UserError,
    "dataset.exclude of that was a path, which no checkpoint tells. Type dataset.exclude=PATH, or another data set",
  );
  const moved = { there: {}, gone: { root: "/home/me/mine" } };
  await assertRejects(
    () => configured(said, [], { paths: moved }),
    UserError,
    "dataset.root was /home/me/mine, which is not there any more; dataset.exclude of that was a path, which no " +
      "checkpoint tells. Type root=PATH and dataset.exclude=PATH, or another data set",
  );
  const mirrored = await saidWithData(
    WORDS,
    "dataset=speech_commands",
    "dataset.mirror='https://inside.example/sc'",
  );
  assert(!/inside/.test(JSON.stringify(mirrored.dataset)));
});

Deno.test("a value of its data set that is none is a fault of the file", async () => {
  const said = await saidWithData(WORDS, ...SPOKEN_WORDS);
  const settings = { ...said.dataset!.settings, voices: 1 };
  const damaged = { ...said, dataset: { ...said.dataset!, settings } };
  const error = await assertRejects(() => configured(damaged, []), UserError);
  assertEquals(error.reason, "bad-file");
  assertStringIncludes(
    error.message,
    "Cannot use what mine says of itself: dataset.voices=1: dataset.voices:",
  );
});
