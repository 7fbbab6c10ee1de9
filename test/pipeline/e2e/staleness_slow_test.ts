/** What reruns when something is touched, seen through the commands that a user types. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseIndex } from "../../../lib/records/example_index.ts";
import { ProjectCopy } from "../../support/project.ts";

const SPLITS = ["test", "train", "validation"];
const FEATURES = SPLITS.map((split) => `features/tones-logmel10-${split}`);
const INDEX = SPLITS.map((split) => `index/tones-${split}`);
const TRAIN = "train/tones-linear-nnaudio-A-mel10-seed0";
const AGGREGATE = "aggregate/kws-tones";
const REPORT = "report/kws-tones";
const CLIPS = "clips/tones-linear-nnaudio-A-mel10-seed0";
const TENSORBOARD = "tensorboard/tones-linear-nnaudio-A-mel10-seed0";
const EVALUATE = "evaluate/tones-linear-nnaudio-A-mel10-seed0";

Deno.test("what is touched decides what runs again", async (t) => {
  await using project = new ProjectCopy();
  const kws = ["kws", ...project.tiny, "n_mels=10", "setting=A"];
  const rerun = () => project.events(...kws);
  assertEquals((await rerun()).result.code, 0);
  const why = async (task: string) => (await project.run("why", task, ...kws.slice(1))).stdout;

  await t.step("another value reruns what it touches, and going back runs nothing", async () => {
    assertStringIncludes(
      (await project.run("why", "train", ...kws.slice(1), "epochs=3")).stdout,
      "slice.trainer.epochs: 2 -> 3",
    );
    const { ran } = await project.events(...kws, "epochs=3");
    assertEquals(ran, [AGGREGATE, CLIPS, EVALUATE, REPORT, TENSORBOARD, TRAIN]);
    assertEquals((await rerun()).ran, []);
  });

  await t.step("a comment reruns nothing", async () => {
    project.edit("pipeline/stages/aggregate.ts", (text) => `${text}// a comment\n`);
    assertEquals((await rerun()).ran, []);
  });

  await t.step("a change without effect reruns aggregate, and its equal result nothing else", async () => {
    project.edit("pipeline/stages/aggregate.ts", (text) => `${text}void 0;\n`);
    assertStringIncludes(await why("aggregate"), "pipeline/stages/aggregate.ts: statements changed");
    assertEquals((await rerun()).ran, [AGGREGATE]);
  });

  await t.step("a change of a model reruns train and what shows it, not features", async () => {
    project.edit(
      "lib/models/linear/heads/layer.ts",
      (text) => text.replace("uniformByFanIn(inputs, classes)", "uniformByFanIn(2 * inputs, classes)"),
    );
    assertStringIncludes(await why("train"), "code: lib/models/linear");
    assertEquals((await rerun()).ran, [AGGREGATE, CLIPS, EVALUATE, REPORT, TENSORBOARD, TRAIN]);
  });

  await t.step("a change without effect in a model stops at the same figures", async () => {
    project.edit("lib/models/linear/heads/layer.ts", (text) => `${text}void 0;\n`);
    assertEquals((await rerun()).ran, [EVALUATE, TRAIN]);
  });

  await t.step("rewriting the input with the same bytes reruns nothing", async () => {
    const file = `${project.tones}/yes/00000000_nohash_0.wav`;
    const bytes = await Deno.readFile(file);
    await Deno.remove(file);
    await Deno.writeFile(file, bytes);
    assertEquals((await rerun()).ran, []);
  });

  await t.step("another byte in the input reruns what reads it", async () => {
    const file = await trainingClip(project);
    const bytes = await Deno.readFile(file);
    bytes[1000]! ^= 64;
    await Deno.writeFile(file, bytes);
    const stdout = await why("features");
    assertStringIncludes(stdout, "input audio changed");
    assertEquals((await rerun()).ran, [
      AGGREGATE,
      CLIPS,
      EVALUATE,
      ...FEATURES,
      ...INDEX,
      REPORT,
      TENSORBOARD,
      TRAIN,
    ]);
  });
});

Deno.test("a sweep runs only what is new", async () => {
  await using project = new ProjectCopy();
  const first = await project.events("sweep", "--n-mels", "10,20", ...project.tiny);
  assertEquals(first.result.code, 0, first.result.stderr);
  assertEquals(first.ran.filter((t) => t.startsWith("train/")).length, 2);
  assertEquals(
    first.ran.filter((t) => t.startsWith("features/")),
    SPLITS.map((split) => `features/tones-waveform-${split}`),
  );

  const more = await project.events("sweep", "--n-mels", "10,20,30", ...project.tiny);
  assertEquals(more.ran, [
    "aggregate/sweep-n_mels-tones",
    "clips/tones-linear-nnaudio-D-mel30-seed0",
    "evaluate/tones-linear-nnaudio-D-mel30-seed0",
    "probe/tones-linear-nnaudio-D-mel30-seed0",
    "report/sweep-n_mels-tones",
    "tensorboard/tones-linear-nnaudio-D-mel30-seed0",
    "train/tones-linear-nnaudio-D-mel30-seed0",
  ]);

  const settings = await project.events("sweep", "--n-mels", "10", "--setting", "A,D", ...project.tiny);
  assertEquals(settings.ran, [
    "aggregate/sweep-setting-tones",
    "clips/tones-linear-nnaudio-D-mel10-seed0",
    "evaluate/tones-linear-nnaudio-A-mel10-seed0",
    ...FEATURES,
    "report/sweep-setting-tones",
    "tensorboard/tones-linear-nnaudio-A-mel10-seed0",
    "train/tones-linear-nnaudio-A-mel10-seed0",
  ]);
});

/** A recording that the index put into the training split. */
async function trainingClip(project: ProjectCopy): Promise<string> {
  const path = project.output("index/tones-train", "index.json");
  const { examples } = parseIndex(await Deno.readTextFile(path), path);
  return `${project.tones}/${examples.find(({ start }) => start === undefined)!.path}`;
}
