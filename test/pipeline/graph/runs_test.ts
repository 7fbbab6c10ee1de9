/** The graph of a sweep: names, what runs share, what each task is told and made of. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { TaskSpec } from "../../../pipeline/engine/types.ts";
import { runGraph } from "../../../pipeline/graph/runs.ts";
import type { ConfReader } from "../../../pipeline/config/compose.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { expandSweep } from "../../../pipeline/config/sweep.ts";
import { readYaml, type YamlSource } from "../../../pipeline/config/yaml_source.ts";
import { CONF, GRAPH_OPTIONS, graphOf, sweepOf } from "../../support/graphs.ts";

function named(tasks: readonly TaskSpec[], stage: string): string[] {
  return tasks.filter((task) => task.stage === stage).map(({ name }) => name.slice(stage.length + 1));
}

function find(tasks: readonly TaskSpec[], name: string): TaskSpec {
  const task = tasks.find((task) => task.name === name);
  if (task === undefined) throw new Error(`no ${name} in ${tasks.map(({ name }) => name).join(" ")}`);
  return task;
}

Deno.test("runGraph() computes each split as far as a setting trains nothing, once for all that share it", async () => {
  const { graph: { tasks } } = await graphOf("kws", "setting=A,B,C,D");
  const splits = ["train", "validation", "test"];
  assertEquals(named(tasks, "synthesize"), ["spoken_mini"]);
  assertEquals(named(tasks, "index"), splits.map((split) => `spoken_mini-${split}`));
  assertEquals(
    named(tasks, "features"),
    ["logmel40", "power", "waveform"].flatMap((name) =>
      splits.map((split) => `spoken_mini-${name}-${split}`)
    ),
  );
  const runs = ["A", "B", "C", "D"].map((setting) => `linear-nnaudio-${setting}-mel40-seed0`);
  for (const stage of ["train", "evaluate", "tensorboard"]) assertEquals(named(tasks, stage), runs);
  assertEquals(named(tasks, "probe"), runs.slice(1));
  assertEquals([named(tasks, "aggregate"), named(tasks, "report")], [["t"], ["t"]]);
});

Deno.test("trainer=listener learns from running speech besides the words that all others have, and is tested without", async () => {
  const { graph: { tasks } } = await graphOf("kws", "setting=A", "trainer=listener");
  const { graph: { tasks: others } } = await graphOf("kws", "setting=A");
  assertEquals(named(tasks, "synthesize").sort(), ["spoken_mini", "spoken_mini-running"]);
  assertEquals(find(tasks, "synthesize/spoken_mini").slice, find(others, "synthesize/spoken_mini").slice);
  const inputsOf = (split: string) => Object.keys(find(tasks, `index/spoken_mini-${split}`).inputs).sort();
  assertEquals(inputsOf("train"), ["audio", "running"]);
  const training = find(tasks, "features/spoken_mini-waveform-train");
  assertEquals(Object.keys(training.inputs).sort(), ["audio", "index", "running"]);
  for (const split of ["validation", "test"]) {
    assertEquals(find(tasks, `index/spoken_mini-${split}`), find(others, `index/spoken_mini-${split}`));
  }
});

Deno.test("results call each data set as it is chosen", async () => {
  const called = async (task: string, ...overrides: readonly string[]) => {
    const { graph: { tasks } } = await graphOf(task, "setting=A", ...overrides);
    const { data } = find(tasks, "aggregate/t").slice as unknown as { data: { name: string }[] };
    return data.map(({ name }) => name);
  };
  assertEquals(await called("kws"), ["spoken_mini"]);
  assertEquals(await called("kws", "dataset=spoken_mini,spoken_tiny"), ["spoken_mini", "spoken_tiny"]);
  assertEquals(await called("asr", "dataset=sentences_tiny"), ["sentences_tiny"]);
});

Deno.test("the report reads what runs did on streams, of those that listened", async () => {
  const streamsIn = async (...overrides: readonly string[]) => {
    const { graph: { tasks } } = await graphOf("kws", "setting=A,D", ...overrides);
    return Object.entries(find(tasks, "report/t").inputs).filter(([name]) => name.startsWith("stream:"));
  };
  assertEquals(await streamsIn(), []);
  assertEquals(
    await streamsIn("stream=voices"),
    ["A", "D"].map((setting) => {
      const run = `linear-nnaudio-${setting}-mel40-seed0`;
      return [`stream:${run}`, { kind: "task", task: `stream/${run}`, output: "stream.json" }];
    }),
  );
});

Deno.test("runGraph() asks what a phoneme recogniser is made of by the same stages, named after the task", async () => {
  const { graph: { tasks }, runs: [run] } = await graphOf("asr", "setting=D", "dataset=timit", "root=/t");
  assertEquals(run!.description.run, "asr-timit-599c83-linear-nnaudio-D-mel40-seed0");
  assertEquals([...new Set(tasks.map(({ stage }) => stage))].sort(), [
    "aggregate",
    "clips",
    "evaluate",
    "features",
    "index",
    "probe",
    "report",
    "tensorboard",
    "train",
  ]);
  assertEquals(find(tasks, "index/timit-test").inputs, { audio: { kind: "external", path: "/t" } });
  assertEquals(named(tasks, "aggregate"), ["t-timit-599c83"]);
});

Deno.test("a task is told nothing of other splits, and evaluation nothing of how it was trained", async () => {
  const { graph: { tasks } } = await graphOf("kws", "setting=D");
  const inputsOf = (name: string) => Object.keys(find(tasks, name).inputs);
  assertEquals(inputsOf("features/spoken_mini-waveform-test"), ["audio", "index"]);
  const run = "linear-nnaudio-D-mel40-seed0";
  assertEquals(inputsOf(`train/${run}`), ["train", "validation"]);
  assertEquals(inputsOf(`evaluate/${run}`), ["examples", "index", "best", "last"]);
  const slice = (stage: string) => find(tasks, `${stage}/${run}`).slice as Record<string, unknown>;
  assertEquals(Object.keys(slice("evaluate")), [
    "task",
    "frontend",
    "model",
    "split",
    "condition",
    "batch_size",
    "tested",
    "groups",
    "backend",
  ]);
  assertEquals(Object.keys(slice("probe")), ["frontend", "clips"]);
});

Deno.test("runGraph() names the kinds that each task uses and no others", async () => {
  const { graph: { tasks } } = await graphOf("kws", "setting=A,B", "frontend=fastaudio", "model=bc_resnet");
  const kinds = (name: string) => [...find(tasks, name).kinds!].sort();
  const steps = (...names: string[]) => names.map((name) => `lib/frontends/steps/${name}/kind.ts`);
  assertEquals(kinds("synthesize/spoken_mini"), ["lib/data/spoken_mini/kind.ts"]);
  assertEquals(kinds("index/spoken_mini-train"), ["lib/data/spoken_mini/kind.ts"]);
  assertEquals(kinds("features/spoken_mini-magnitude-train"), steps("magnitude", "stft"));
  const frontend = [
    "lib/frontends/compressions/decibels/kind.ts",
    ...steps("bands", "batch_norm", "magnitude", "stft"),
  ];
  assertEquals(
    kinds("features/spoken_mini-decibels40-train"),
    frontend.filter((k) => !k.includes("batch_norm")),
  );
  const model = ["lib/models/bc_resnet/heads/clip.ts", "lib/models/bc_resnet/kind.ts"];
  const network = [...frontend, ...model, "lib/tasks/kws/kind.ts"];
  const run = "bc_resnet-fastaudio-B-mel40-seed0";
  assertEquals(kinds(`evaluate/${run}`), network);
  assertEquals(
    kinds(`train/${run}`),
    [
      "lib/augment/none/kind.ts",
      ...network,
      "lib/train/optimizers/sgd/kind.ts",
      "lib/train/selections/loss/kind.ts",
    ],
  );
  assertEquals(kinds(`probe/${run}`), frontend);
  for (const stage of ["aggregate/t", "report/t", `tensorboard/${run}`]) assertEquals(kinds(stage), []);
});

Deno.test("every kind that a task names is a file", async () => {
  for (const task of ["kws", "asr"]) {
    const { graph: { tasks } } = await graphOf(
      task,
      "setting=A,B,C,D",
      "model=linear,bc_resnet",
      "frontend=nnaudio,fastaudio",
      "optim=sgd,adam",
      "frontend.normalise=none,batch,clip_mean",
    );
    for (const kind of new Set(tasks.flatMap(({ kinds = [] }) => kinds))) assert(Deno.statSync(kind).isFile);
  }
});

Deno.test("runs are named and described by front-end, mask and random Mel filters", async () => {
  const { runs } = await graphOf(
    "kws",
    "setting=A",
    "frontend.mask=null,{start: 10, end: 20}",
    "frontend.random_mel=false,true",
  );
  assertEquals(Object.fromEntries(runs.map(({ description }) => [description.run, description.other])), {
    "linear-nnaudio-A-mel40-seed0": {},
    "linear-nnaudio-random-A-mel40-seed0": { "frontend.random_mel": true },
    "linear-nnaudio-mask10-20-A-mel40-seed0": { "frontend.mask": "10-20" },
    "linear-nnaudio-mask10-20-random-A-mel40-seed0": {
      "frontend.mask": "10-20",
      "frontend.random_mel": true,
    },
  });
  const fastaudio = await graphOf("kws", "frontend=fastaudio");
  assertEquals(fastaudio.runs[0]!.description.frontend, "fastaudio");
});

Deno.test("the report is told what each run trains, in the words of its front-end and compression", async () => {
  const { graph: { tasks } } = await graphOf("kws", "setting=A,B", "frontend=nnaudio,leaf");
  const { runs } = tasks.find(({ stage }) => stage === "report")!.slice as {
    runs: { trained: JsonObject }[];
  };
  assertEquals(runs.map(({ trained }) => trained), [
    {},
    {},
    { mel: "Mel filters" },
    { pooling: "pooling windows", pcen: "PCEN" },
  ]);
});

Deno.test("runs of two seeds share features, but not those of random Mel filters that are fixed", async () => {
  const features = async (...texts: string[]) =>
    named((await graphOf("kws", "seed=0,1", ...texts)).graph.tasks, "features").length;
  assertEquals(await features("setting=A"), 3);
  assertEquals(await features("setting=A", "frontend.random_mel=true"), 6);
  assertEquals(await features("setting=B", "frontend.random_mel=true"), 3);
});

Deno.test("runs are described by what is recognised, said once", async () => {
  const { runs } = await graphOf("asr", "setting=A", "dataset.output=phone,word", "model=linear,bc_resnet");
  assertEquals(Object.fromEntries(runs.map(({ description }) => [description.run, description.other])), {
    "asr-linear-nnaudio-A-mel40-seed0": {},
    "asr-bc_resnet-nnaudio-A-mel40-seed0": {},
    "asr-word-linear-nnaudio-A-mel40-seed0": { "dataset.output": "word" },
    "asr-word-bc_resnet-nnaudio-A-mel40-seed0": { "dataset.output": "word" },
  });
});

Deno.test("other values that a sweep varies are told by their last words", async () => {
  const { runs } = await graphOf("kws", "setting=A", "optim.model.lr=0.1,0.2", "trainer.epochs=3,4");
  assertEquals(runs.map(({ description }) => description.run), [
    "linear-nnaudio-A-mel40-seed0-model.lr=0.1-epochs=3",
    "linear-nnaudio-A-mel40-seed0-model.lr=0.1-epochs=4",
    "linear-nnaudio-A-mel40-seed0-model.lr=0.2-epochs=3",
    "linear-nnaudio-A-mel40-seed0-model.lr=0.2-epochs=4",
  ]);
});

type TrainingSlice = { readonly trainer: Readonly<Record<string, unknown>> };

Deno.test("a part of a training is the same task as a shorter one, where rates know no end", async () => {
  const trainings = async (...texts: string[]) =>
    (await graphOf("kws", "setting=A", ...texts)).graph.tasks.filter(({ stage }) => stage === "train");
  const constant = "optim.schedule={kind: constant}";
  const [part] = await trainings(constant, "trainer.epochs=81", "trainer.until_epoch=9");
  const [short] = await trainings(constant, "trainer.epochs=9");
  assertEquals(part!.slice, short!.slice);
  assertEquals(part!.goesOn, short!.goesOn);
  const trainer = ({ slice }: TaskSpec) => (slice as unknown as TrainingSlice).trainer;
  assertEquals([trainer(short!)["epochs"], trainer(short!)["horizon_epochs"]], [9, null]);
  for (
    const schedule of ["{kind: cosine, warmup_epochs: 1}", "{kind: one_cycle, rise: 0.3, start: 0.1, end: 0}"]
  ) {
    const of = (...texts: string[]) => trainings(`optim.schedule=${schedule}`, ...texts);
    const [part] = await of("trainer.epochs=81", "trainer.until_epoch=9");
    const [whole] = await of("trainer.epochs=81");
    const [short] = await of("trainer.epochs=9");
    assertEquals([trainer(part!)["epochs"], trainer(part!)["horizon_epochs"]], [9, 81]);
    assertEquals(part!.goesOn!.shared, whole!.goesOn!.shared);
    assert(JSON.stringify(short!.goesOn!.shared) !== JSON.stringify(whole!.goesOn!.shared));
  }
});

Deno.test("trainings that differ in their end alone go on from one another, the shorter ones first", async () => {
  const constant = "optim.schedule={kind: constant}";
  const { graph: { tasks } } = await graphOf("kws", "setting=A,D", constant, "trainer.epochs=20,5,10");
  const trainings = tasks.filter(({ stage }) => stage === "train");
  const epochsOf = ({ slice }: TaskSpec) => (slice as unknown as TrainingSlice).trainer["epochs"];
  const byName = new Map(trainings.map((spec) => [spec.name, spec]));
  const before = trainings.map((spec) => [
    epochsOf(spec),
    (spec.goesOn!.after ?? []).map((name) => epochsOf(byName.get(name)!)),
  ]);
  assertEquals(before, [[20, [10]], [5, []], [10, [5]], [20, [10]], [5, []], [10, [5]]]);
  const different = await graphOf(
    "kws",
    "setting=A",
    constant,
    "trainer.epochs=5",
    "trainer.batch_size=50,100",
  );
  assertEquals(different.graph.tasks.filter(({ goesOn }) => goesOn?.after !== undefined), []);
  const patient = await graphOf("kws", "setting=A", constant, "trainer.patience=3,null,5");
  assertEquals(patient.graph.tasks.filter(({ goesOn }) => goesOn?.after !== undefined).length, 2);
  // How far these go nobody knows beforehand.
  const timed = await graphOf("kws", "setting=A", constant, "trainer.minutes=3,5");
  assertEquals(timed.graph.tasks.filter(({ goesOn }) => goesOn?.after !== undefined), []);
});

Deno.test("runs that come out equal are one", async () => {
  const seeds = await sweepOf("kws", "seed=0,0,1", "setting=A");
  const { runs, graph } = await runGraph(seeds, GRAPH_OPTIONS);
  assertEquals([runs.length, named(graph.tasks, "train").length], [2, 2]);
});

Deno.test("training from a checkpoint reads it, and nothing else does", async () => {
  const { graph: { tasks } } = await graphOf("kws", "setting=A", "init_from=/x/best.safetensors");
  const readers = tasks.filter(({ inputs }) => inputs["init"] !== undefined);
  assertEquals(readers.map(({ stage }) => stage), ["train"]);
  assertEquals(readers[0]!.inputs["init"], { kind: "external", path: "/x/best.safetensors" });
});

Deno.test("images are one task more, and only if they are wanted", async () => {
  const sweep = await sweepOf("kws", "setting=A");
  const without = await runGraph(sweep, GRAPH_OPTIONS);
  const { graph, png } = await runGraph(sweep, { ...GRAPH_OPTIONS, images: true });
  assertEquals([without.png, png], [undefined, "png/t"]);
  assertEquals(graph.tasks.filter(({ stage }) => stage !== "png"), [...without.graph.tasks]);
});

Deno.test("a spectrogram most of whose bands are constant is refused when it is planned", async () => {
  await assertRejects(
    () => graphOf("kws", "frontend.f_min_hz=7990"),
    UserError,
    "Of 40 bands 40 have no bin of the spectrum and are constant",
  );
});

/** Names of runs of setting A, without the usual ones' beginning. */
async function namesOf(...texts: string[]): Promise<string[]> {
  const { runs } = await graphOf("kws", "setting=A", ...texts);
  return runs.map(({ description: { run } }) => run.replace("linear-nnaudio-A-mel40-seed0", "usual"));
}

Deno.test("a run's name tells what is not as the files have it, and is the same in every sweep", async () => {
  const table: Record<string, string> = {
    "trainer.epochs=10": "usual",
    "trainer.epochs=2": "usual-epochs=2",
    "optim.stft.lr=0.5": "usual-stft.lr=0.5",
    "optim=sgd": "usual",
    "optim=adam": "usual-optim=adam",
    "trainer=paper": "usual-trainer=paper",
    "frontend.normalise=none": "usual-normalise=none",
    "dataset.targets=[yes,no]": "usual-targets=yes+no",
    "dataset.split.rule=ranked": "usual-rule=ranked",
    "backend=wasm": "usual-backend=wasm",
    "frontend=fastaudio": "linear-fastaudio-A-mel40-seed0", // prefers decibels
    "compression=decibels": "usual-compression=decibels",
  };
  for (const [text, name] of Object.entries(table)) assertEquals(await namesOf(text), [name], text);
  assertEquals(await namesOf("trainer.epochs=10,2"), ["usual", "usual-epochs=2"]);
  assertEquals(
    await namesOf("frontend=fastaudio", "compression=decibels"),
    await namesOf("frontend=fastaudio"),
  );
});

Deno.test("values of a mapping are told as values of their own", async () => {
  assertEquals(
    await namesOf("dataset.split={rule: ranked, validation_percent: 10, testing_percent: 30, salt: ''}"),
    await namesOf("dataset.split.rule=ranked", "dataset.split.testing_percent=30"),
  );
});

Deno.test("names of runs that differ in much stay short: a digest tells, but what varies is read", async () => {
  const much = [
    "trainer.batch_size=8",
    "dataset.words=[yes,no,up]",
    "dataset.targets=[yes,no]",
    "dataset.clips_per_word=6",
    "dataset.voices=6",
    "dataset.noise_seconds=3",
  ];
  const [one] = await namesOf(...much);
  assert(/^usual-other=[0-9a-f]{8}$/.test(one!), one);
  assert(one !== (await namesOf(...much.slice(1)))[0]);
  const swept = await namesOf(...much, "trainer.epochs=2,3");
  assertEquals(swept.map((name) => name.replace(/[0-9a-f]{8}$/, "")), [
    "usual-epochs=2-other=",
    "usual-epochs=3-other=",
  ]);
});

Deno.test("folders of one name are told apart, in names of runs and of results", async () => {
  const of = (root: string) => graphOf("kws", "setting=A", "dataset=folder", `root=${root}`);
  const [a, b] = [await of("/a/mine"), await of("/b/mine")];
  for (const { runs, aggregate } of [a, b]) {
    assert(/^mine-[0-9a-f]{6}-linear-/.test(runs[0]!.description.run));
    assert(/^aggregate\/t-mine-[0-9a-f]{6}$/.test(aggregate));
  }
  assert(a.aggregate !== b.aggregate && a.runs[0]!.description.run !== b.runs[0]!.description.run);
  const starts = await namesOf("init_from=/a/best.safetensors,/b/best.safetensors");
  assert(
    starts.every((name) => /^usual-init_from=best-[0-9a-f]{6}$/.test(name)) && starts[0] !== starts[1],
    starts.join(),
  );
});

Deno.test("a file of one's own of a group is told by its name", async () => {
  const own: Record<string, Record<string, YamlSource>> = {
    model: { mine: readYaml("conf/model/mine.yaml", "kind: linear\n") },
    dataset: {
      words: readYaml("conf/dataset/words.yaml", Deno.readTextFileSync("conf/dataset/spoken_mini.yaml")),
    },
  };
  const conf: ConfReader = {
    ...CONF,
    choices: (group) => [...CONF.choices(group), ...Object.keys(own[group] ?? {})],
    choice: (group, name) => own[group]?.[name] ?? CONF.choice(group, name),
  };
  const sweep = await expandSweep(
    conf,
    "kws",
    ["setting=A", "model=mine", "dataset=words"].map(parseOverride),
  );
  const { runs: [run] } = await runGraph(sweep, GRAPH_OPTIONS);
  assertEquals(run!.description.run, "mine-nnaudio-A-mel40-seed0-dataset=words");
  assertEquals(run!.description.model, "mine");
});
